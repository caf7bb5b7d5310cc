/* SPDX-License-Identifier: MIT */
/*
 * Messages and dumps, letter for letter in the kernel's format, so that its tools and ours read
 * them.
 */
#include "internal.h"

#include "../lib/line.h"

bool memblock_debug;

static void line_call(struct line *l, const char *function)
{
	l->len = 0;
	line_str(l, function);
	line_str(l, ": ");
}

static void print_with_caller(struct line *l, const void *caller)
{
	line_char(l, ' ');
	line_symbol(l, caller);
	pf_port_print(PF_DEBUG, l->text);
}

void mb_debug_range(const char *function, phys_addr_t base, phys_addr_t size, const void *caller)
{
	struct line l;

	line_call(&l, function);
	line_range(&l, base, size);
	print_with_caller(&l, caller);
}

void mb_debug_range_node(const char *function, phys_addr_t base, phys_addr_t size, int nid,
			 enum memblock_flags flags, const void *caller)
{
	struct line l;

	line_call(&l, function);
	line_range(&l, base, size);
	line_str(&l, " nid=");
	line_int(&l, nid);
	line_str(&l, " flags=");
	line_hex(&l, flags, 1);
	print_with_caller(&l, caller);
}

void mb_debug_request(const char *function, phys_addr_t size, phys_addr_t align, bool with_nid,
		      int nid, phys_addr_t from, phys_addr_t max_addr, const void *caller)
{
	struct line l;

	line_call(&l, function);
	line_dec(&l, size);
	line_str(&l, " bytes align=");
	line_0x(&l, align);
	if (with_nid) {
		line_str(&l, " nid=");
		line_int(&l, nid);
	}
	line_str(&l, " from=");
	line_phys(&l, from);
	line_str(&l, " max_addr=");
	line_phys(&l, max_addr);
	print_with_caller(&l, caller);
}

void mb_debug_doubled(const struct memblock_type *type, phys_addr_t addr, phys_addr_t size)
{
	struct line l = { .len = 0 };

	line_str(&l, "memblock: ");
	line_str(&l, type->name);
	line_str(&l, " is doubled to ");
	line_dec(&l, type->max * 2);
	line_str(&l, " at ");
	line_range(&l, addr, size);
	pf_port_print(PF_DEBUG, l.text);
}

void mb_report_cannot_double(const struct memblock_type *type, bool may_resize)
{
	struct line l = { .len = 0 };

	line_str(&l, may_resize ? "memblock: Failed to double " : "memblock: cannot resize ");
	line_str(&l, type->name);
	line_str(&l, " array");
	if (may_resize) {
		line_str(&l, " from ");
		line_dec(&l, type->max);
		line_str(&l, " to ");
		line_dec(&l, type->max * 2);
		line_str(&l, " entries !");
	} else {
		line_str(&l, ": it is full, and memblock_allow_resize() was not called");
	}
	pf_port_print(PF_ERR, l.text);
}

void mb_report_no_mirror(phys_addr_t size)
{
	struct line l = { .len = 0 };

	line_str(&l, "Could not allocate ");
	line_phys(&l, size);
	line_str(&l, " bytes of mirrored memory");
	pf_port_print(PF_WARN, l.text);
}

void mb_report_bad_align(const char *function, phys_addr_t align)
{
	struct line l;

	line_call(&l, function);
	line_str(&l, "alignment ");
	line_0x(&l, align);
	line_str(&l, " is not a power of two: nothing done");
	pf_port_print(PF_ERR, l.text);
}

void mb_report_no_memory(const char *function)
{
	struct line l;

	line_call(&l, function);
	line_str(&l, "No memory registered yet");
	pf_port_print(PF_WARN, l.text);
}

void mb_report_no_coverage(phys_addr_t without, phys_addr_t total)
{
	struct line l = { .len = 0 };

	line_str(&l, "NUMA: no nodes coverage for ");
	line_dec(&l, without >> 20);
	line_str(&l, "MB of ");
	line_dec(&l, total >> 20);
	line_str(&l, "MB RAM");
	pf_port_print(PF_ERR, l.text);
}

static void dump_region(const struct memblock_type *type, unsigned long i)
{
	const struct memblock_region *r = &type->regions[i];
	struct line l = { .len = 0 };

	line_char(&l, ' ');
	line_str(&l, type->name);
	line_char(&l, '[');
	line_0x(&l, i);
	line_str(&l, "]\t");
	line_range(&l, r->base, r->size);
	line_str(&l, ", ");
	line_phys(&l, r->size);
	line_str(&l, " bytes");
	if (PF_NUMA && is_node(memblock_get_region_node(r))) {
		line_str(&l, " on node ");
		line_int(&l, memblock_get_region_node(r));
	}
	line_str(&l, " flags: ");
	line_0x(&l, r->flags);
	pf_port_print(PF_INFO, l.text);
}

static void dump_type(const struct memblock_type *type)
{
	struct line l = { .len = 0 };

	line_char(&l, ' ');
	line_str(&l, type->name);
	line_str(&l, ".cnt  = ");
	line_0x(&l, type->cnt);
	pf_port_print(PF_INFO, l.text);
	for (unsigned long i = 0; i < type->cnt; i++)
		dump_region(type, i);
}

void memblock_dump_all(void)
{
	struct line l = { .len = 0 };

	if (!memblock_debug)
		return;
	pf_port_print(PF_INFO, "MEMBLOCK configuration:");
	line_str(&l, " memory size = ");
	line_phys(&l, memblock.memory.total_size);
	line_str(&l, " reserved size = ");
	line_phys(&l, memblock.reserved.total_size);
	pf_port_print(PF_INFO, l.text);
	dump_type(&memblock.memory);
	dump_type(&memblock.reserved);
#if PF_PHYSMEM
	dump_type(&physmem);
#endif
}
