/* SPDX-License-Identifier: MIT */
#include "kmem_unpack.h"

#include <stdbool.h>

#define ROOM	  ((size_t)1 << 20)
#define TOO_LARGE "more than 8 GiB when it is unpacked"
#define CUT	  "the compressed data end early, or are damaged"

/* Room for more at the end of @out; NULL: it has enough. */
#if HAVE_LZMA || HAVE_ZLIB
static char *more_room(bytes *out)
{
	while (out->room < out->n + ROOM)
		vec_grow((void **)&out->at, &out->room, 1);
	return out->n < UNPACK_MOST ? out->at + out->n : NULL;
}
#endif

#if HAVE_LZMA
#include <lzma.h>

#define LZMA_MEMORY ((uint64_t)1 << 30) /* xz -9 needs 65 MiB to unpack */

const char *unpack_xz(const bytes *in, bytes *out)
{
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret got = lzma_stream_decoder(&s, LZMA_MEMORY, LZMA_CONCATENATED);

	s.next_in = (const uint8_t *)in->at;
	s.avail_in = in->n;
	while (got == LZMA_OK) {
		s.next_out = (uint8_t *)more_room(out);
		if (!s.next_out)
			break;
		s.avail_out = ROOM;
		got = lzma_code(&s, LZMA_FINISH);
		out->n += ROOM - s.avail_out;
	}
	lzma_end(&s);
	return got == LZMA_STREAM_END ? NULL : got == LZMA_OK ? TOO_LARGE : CUT;
}
#else
const char *unpack_xz(const bytes *in, bytes *out)
{
	(void)in;
	(void)out;
	return "it is compressed with xz, and this pageframe was built without liblzma: unpack it "
	       "with 'xz -d', or install liblzma's development files and build again";
}
#endif

#if HAVE_ZLIB
#include <limits.h>
#include <zlib.h>

/* inflate() counts in unsigned int, and stops at the end of each member. */
static int inflate_all(z_stream *s, const bytes *in, bytes *out)
{
	size_t taken = 0;
	int got = Z_OK;

	do {
		size_t some = in->n - taken < INT_MAX ? in->n - taken : INT_MAX;

		s->next_in = (Bytef *)in->at + taken;
		s->avail_in = (uInt)some;
		s->next_out = (Bytef *)more_room(out);
		if (!s->next_out)
			return Z_MEM_ERROR;
		s->avail_out = (uInt)ROOM;
		got = inflate(s, Z_NO_FLUSH);
		out->n += ROOM - s->avail_out;
		taken += some - s->avail_in;
		if (got == Z_STREAM_END && taken < in->n)
			got = inflateReset(s);
	} while (got == Z_OK);
	return got;
}

const char *unpack_gzip(const bytes *in, bytes *out)
{
	z_stream s = { .next_in = NULL };
	int got;

	if (inflateInit2(&s, 15 + 16) != Z_OK)
		return "zlib has no memory";
	got = inflate_all(&s, in, out);
	inflateEnd(&s);
	return got == Z_STREAM_END ? NULL : got == Z_MEM_ERROR ? TOO_LARGE : CUT;
}
#else
const char *unpack_gzip(const bytes *in, bytes *out)
{
	(void)in;
	(void)out;
	return "it is compressed with gzip, and this pageframe was built without zlib: unpack it "
	       "with 'gzip -d', or install zlib's development files and build again";
}
#endif
