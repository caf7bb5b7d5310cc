/* SPDX-License-Identifier: MIT */
/* What is special about a region, and which node it is on. */
#include "internal.h"

bool mirrored_kernelcore;

/* What to do to each region in the range. */
struct change {
	enum memblock_flags set;
	enum memblock_flags clear;
	bool set_nid;
	int nid;
};

static int change_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size,
			const struct change *change)
{
	enum where where = ANYWHERE;
	unsigned long first, last;
	int ret;

	skip_check();
	if (type == &memblock.reserved)
		where = RATHER_NOT_IN_RANGE;
	else if (change->set & MEMBLOCK_NOMAP)
		where = NOT_IN_LOST_RANGE;
	ret = mb_isolate_range(type, base, size, where, &first, &last);
	if (!ret && first < last) {
		for (unsigned long i = first; i < last; i++) {
			struct memblock_region *r = &type->regions[i];

			r->flags = (enum memblock_flags)((r->flags | change->set) & ~change->clear);
			if (change->set_nid)
				memblock_set_region_node(r, change->nid);
		}
		mb_merge_regions(type, first, last);
	}
	skip_changed(type);
	return ret;
}

static int set_flag(struct memblock_type *type, phys_addr_t base, phys_addr_t size,
		    enum memblock_flags flag)
{
	return change_range(type, base, size, &(struct change){ .set = flag });
}

static int clear_flag(phys_addr_t base, phys_addr_t size, enum memblock_flags flag)
{
	return change_range(&memblock.memory, base, size, &(struct change){ .clear = flag });
}

int memblock_mark_hotplug(phys_addr_t base, phys_addr_t size)
{
	return set_flag(&memblock.memory, base, size, MEMBLOCK_HOTPLUG);
}

int memblock_clear_hotplug(phys_addr_t base, phys_addr_t size)
{
	return clear_flag(base, size, MEMBLOCK_HOTPLUG);
}

int memblock_mark_mirror(phys_addr_t base, phys_addr_t size)
{
	int ret;

	if (!mirrored_kernelcore)
		return 0;
	ret = set_flag(&memblock.memory, base, size, MEMBLOCK_MIRROR);
	if (!ret)
		mb_set_some_mirror(true);
	return ret;
}

int memblock_mark_nomap(phys_addr_t base, phys_addr_t size)
{
	return set_flag(&memblock.memory, base, size, MEMBLOCK_NOMAP);
}

int memblock_clear_nomap(phys_addr_t base, phys_addr_t size)
{
	return clear_flag(base, size, MEMBLOCK_NOMAP);
}

int memblock_reserved_mark_noinit(phys_addr_t base, phys_addr_t size)
{
	return set_flag(&memblock.reserved, base, size, MEMBLOCK_RSRV_NOINIT);
}

int memblock_set_node(phys_addr_t base, phys_addr_t size, struct memblock_type *type, int nid)
{
	if (!is_node_or_none(nid))
		return -PF_EINVAL;
#if PF_NUMA
	return change_range(type, base, size, &(struct change){ .set_nid = true, .nid = nid });
#else
	(void)base;
	(void)size;
	(void)type;
	return 0;
#endif
}
