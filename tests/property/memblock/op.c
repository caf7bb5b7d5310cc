/* SPDX-License-Identifier: MIT */
/* Operations as statements of C. */
#include "memblock.h"

const struct op_text kinds[OP_KINDS] = {
	[OP_ADD] = { "memblock_add(%b, %s)", { 12, 8, 6, 0 } },
	[OP_ADD_NODE] = { "memblock_add_node(%b, %s, %n, %f)", { 12, 60, 20, 1 } },
	[OP_RESERVE] = { "memblock_reserve(%b, %s)", { 14, 70, 6, 4 } },
	[OP_REMOVE] = { "memblock_remove(%b, %s)", { 10, 12, 6, 1 } },
	[OP_PHYS_FREE] = { "memblock_phys_free(%b, %s)", { 24, 20, 30, 50 } },
	[OP_FREE] = { "memblock_free(pf_port_phys_to_virt(%b), %s)", { 6, 6, 10, 20 } },
	[OP_MARK_HOTPLUG] = { "memblock_mark_hotplug(%b, %s)", { 2, 8, 10, 1 } },
	[OP_CLEAR_HOTPLUG] = { "memblock_clear_hotplug(%b, %s)", { 3, 4, 8, 1 } },
	[OP_MARK_MIRROR] = { "memblock_mark_mirror(%b, %s)", { 2, 4, 12, 1 } },
	[OP_MARK_NOMAP] = { "memblock_mark_nomap(%b, %s)", { 2, 6, 4, 0 } },
	[OP_CLEAR_NOMAP] = { "memblock_clear_nomap(%b, %s)", { 3, 4, 8, 1 } },
	[OP_MARK_NOINIT] = { "memblock_reserved_mark_noinit(%b, %s)", { 3, 12, 3, 0 } },
	[OP_NODE_MEMORY] = { "memblock_set_node(%b, %s, &memblock.memory, %n)", { 8, 30, 14, 1 } },
	[OP_NODE_RESERVED] = { "memblock_set_node(%b, %s, &memblock.reserved, %n)",
			       { 6, 24, 4, 0 } },
	[OP_CAP] = { "memblock_cap_memory_range(%b, %s)", { 1, 0, 1, 0 } },
	[OP_TRIM] = { "memblock_trim_memory(%a)", { 2, 1, 1, 0 } },
	[OP_ENFORCE] = { "memblock_enforce_memory_limit(%s)", { 1, 0, 1, 0 } },
	[OP_REMOVE_MAP] = { "memblock_mem_limit_remove_map(%s)", { 1, 0, 1, 0 } },
	[OP_LIMIT] = { "memblock_set_current_limit(%h)", { 3, 1, 3, 2 } },
	[OP_LOW_LIMIT] = { "memblock_set_low_limit(%h)", { 2, 1, 1, 1 } },
	[OP_BOTTOM_UP] = { "memblock_set_bottom_up(%o)", { 3, 2, 3, 3 } },
	[OP_MOVABLE] = { "movable_node_enabled = %o", { 1, 1, 6, 1 } },
	[OP_KERNELCORE] = { "mirrored_kernelcore = %o", { 1, 1, 4, 1 } },
	[OP_ARRAY_OPS] = { "memblock_set_array_ops(%o ? &array_ops : NULL)", { 0, 2, 0, 0 } },
	[OP_RANGE_NID] = { "memblock_alloc_range_nid(%s, %a, %l, %h, %n, %o)", { 12, 12, 16, 40 } },
	[OP_PHYS_RANGE] = { "memblock_phys_alloc_range(%s, %a, %l, %h)", { 8, 8, 8, 40 } },
	[OP_PHYS_TRY_NID] = { "memblock_phys_alloc_try_nid(%s, %a, %n)", { 6, 6, 8, 10 } },
	[OP_PHYS_ALLOC] = { "memblock_phys_alloc(%s, %a)", { 4, 4, 4, 10 } },
	[OP_EXACT_RAW] = { "memblock_alloc_exact_nid_raw(%s, %a, %l, %h, %n)", { 8, 8, 12, 16 } },
	[OP_TRY_RAW] = { "memblock_alloc_try_nid_raw(%s, %a, %l, %h, %n)", { 8, 8, 12, 16 } },
	[OP_TRY] = { "memblock_alloc_try_nid(%s, %a, %l, %h, %n)", { 8, 8, 12, 8 } },
	[OP_ALLOC] = { "memblock_alloc(%s, %a)", { 4, 4, 4, 8 } },
	[OP_ALLOC_RAW] = { "memblock_alloc_raw(%s, %a)", { 2, 2, 2, 4 } },
	[OP_ALLOC_FROM] = { "memblock_alloc_from(%s, %a, %l)", { 4, 4, 4, 10 } },
	[OP_ALLOC_NODE] = { "memblock_alloc_node(%s, %a, %n)", { 8, 8, 10, 8 } },
	[OP_ALLOC_LOW] = { "memblock_alloc_low(%s, %a)", { 4, 4, 4, 4 } },
};

bool is_alloc(const struct op *op)
{
	return op->kind >= OP_RANGE_NID;
}

static void print_nid(FILE *out, int nid)
{
	if (nid == NUMA_NO_NODE)
		fputs("NUMA_NO_NODE", out);
	else if (nid == MAX_NUMNODES)
		fputs("MAX_NUMNODES", out);
	else
		fprintf(out, "%d", nid);
}

static void print_argument(FILE *out, const struct op *op, char what)
{
	if (what == 'b')
		fprintf(out, "0x%llx", HEX(op->base));
	else if (what == 's')
		fprintf(out, "0x%llx", HEX(op->size));
	else if (what == 'a')
		fprintf(out, "0x%llx", HEX(op->align));
	else if (what == 'l')
		fprintf(out, "0x%llx", HEX(op->min));
	else if (what == 'h')
		fprintf(out, "0x%llx", HEX(op->max));
	else if (what == 'f')
		fprintf(out, "(enum memblock_flags)0x%x", (unsigned int)op->flags);
	else if (what == 'o')
		fputs(op->on ? "true" : "false", out);
	else
		print_nid(out, op->nid);
}

/* @op as a statement of C. */
void print_op(FILE *out, const struct op *op)
{
	for (const char *p = kinds[op->kind].call; *p; p++) {
		if (*p == '%')
			print_argument(out, op, *++p);
		else
			fputc(*p, out);
	}
	fputs(";\n", out);
}
