/* SPDX-License-Identifier: MIT */
#include "page_name.h"

#include <ctype.h>
#include <string.h>

#include <pageframe/types.h>

#include "text.h"

#define NO_PAGE                                                                                    \
	"is no page: give an address in decimal, with 0x or with K, M, G or T, or pfn:NUMBER"
#define TOO_HIGH "lies beyond the last address, 0xffffffffffffffff"

/* A number that is too large looks like one all the same. */
static const char *bad_number(const char *p)
{
	bool hex = p[0] == '0' && (p[1] | 0x20) == 'x';
	const char *digits = hex ? p + 2 : p;
	size_t n = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");

	return n && !digits[n + strspn(digits + n, "KMGTkmgt")] ? TOO_HIGH : NO_PAGE;
}

const char *page_name_read(const char *text, uint64_t *address)
{
	static const char units[] = "KMGT";
	const char *p = text, *unit = NULL;
	bool is_pfn = eat(&p, "pfn:");
	bool hex = p[0] == '0' && (p[1] | 0x20) == 'x';
	const char *number = p;
	unsigned shift = is_pfn ? PF_PAGE_SHIFT : 0;
	uint64_t n;

	if (!(hex ? eat_hex(&p, &n) : eat_dec(&p, &n)))
		return bad_number(number);
	if (!is_pfn && *p)
		unit = strchr(units, toupper((unsigned char)*p));
	if (unit) {
		shift = 10 * (unsigned)(unit - units + 1);
		p++;
	}
	if (*p)
		return NO_PAGE;
	if (shift && n >> (64 - shift))
		return TOO_HIGH;
	*address = n << shift;
	return NULL;
}
