/* SPDX-License-Identifier: MIT */
/*
 * A line of text under construction, for messages: what the kernel's printk formats offer and our
 * messages need, without varargs or division of wide integers. Text beyond the buffer is cut.
 */
#ifndef LIB_LINE_H
#define LIB_LINE_H

#include <pageframe/port.h>

struct line {
	size_t len;
	char text[240];
};

static inline void line_char(struct line *l, char c)
{
	if (l->len < sizeof(l->text) - 1)
		l->text[l->len++] = c;
	l->text[l->len] = '\0';
}

static inline void line_str(struct line *l, const char *s)
{
	while (*s)
		line_char(l, *s++);
}

/* As %*s. */
static inline void line_right(struct line *l, const char *s, int width)
{
	for (const char *c = s; *c; c++)
		width--;
	for (; width > 0; width--)
		line_char(l, ' ');
	line_str(l, s);
}

/* As %x, with at least @width digits. */
static inline void line_hex(struct line *l, uint64_t n, int width)
{
	int digits = 1;

	while (digits < 16 && (digits < width || n >> (4 * digits)))
		digits++;
	while (digits--)
		line_char(l, "0123456789abcdef"[n >> (4 * digits) & 0xf]);
}

/* As %#x. */
static inline void line_0x(struct line *l, uint64_t n)
{
	line_str(l, "0x");
	line_hex(l, n, 1);
}

/* As %pa: the width of a physical address. */
static inline void line_phys(struct line *l, pf_phys addr)
{
	line_str(l, "0x");
	line_hex(l, addr, PF_PHYS_BITS / 4);
}

/* As %llu. Subtracts powers of ten: a 32-bit kernel has no 64-bit division. */
static inline void line_dec(struct line *l, uint64_t n)
{
	bool started = false;

	for (int place = 19; place >= 0; place--) {
		uint64_t power = 1;
		char digit = '0';

		for (int i = 0; i < place; i++)
			power *= 10;
		for (; n >= power; n -= power)
			digit++;
		if (digit != '0' || place == 0)
			started = true;
		if (started)
			line_char(l, digit);
	}
}

/* As %*llu. */
static inline void line_number(struct line *l, uint64_t n, int width)
{
	uint64_t power = 10;
	int digits = 1;

	for (; digits < 20 && n >= power; digits++)
		power *= 10;
	for (; digits < width; digits++)
		line_char(l, ' ');
	line_dec(l, n);
}

/* As %d. */
static inline void line_int(struct line *l, int n)
{
	if (n < 0)
		line_char(l, '-');
	line_dec(l, n < 0 ? 0u - (unsigned)n : (unsigned)n);
}

/* As %pS. */
static inline void line_symbol(struct line *l, const void *ip)
{
	char name[96];

	if (pf_port_symbol(ip, name, sizeof(name)))
		line_str(l, name);
	else
		line_0x(l, (uintptr_t)ip);
}

/* "[first-last]": the last byte is inclusive, as the kernel prints it. */
static inline void line_range(struct line *l, pf_phys base, pf_phys size)
{
	line_char(l, '[');
	line_phys(l, base);
	line_char(l, '-');
	line_phys(l, base + size - 1);
	line_char(l, ']');
}

#endif
