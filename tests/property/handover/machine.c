/* SPDX-License-Identifier: MIT */
/* Random machines: what firmware says of memory, what boot reserves, what the command line wants.
 */
#include "handover.h"

struct machine machine;
cell_t cells[2 * MAX_PAGES];
bool reserved[2 * MAX_PAGES];

int page_nid(unsigned long i)
{
	cell_t cell = cells[2 * i];

	if (!cell || cell != cells[2 * i + 1])
		return -1;
	return CELL_NID(cell) == NO_NODE ? 0 : CELL_NID(cell);
}

/* --- the window --- */

static void choose_window(void)
{
	unsigned long blocks = 64;

	if (blocks > MAX_PAGES / PF_BLOCK_PAGES)
		blocks = MAX_PAGES / PF_BLOCK_PAGES;
	if (PF_MAX_ORDER > 12)
		blocks = one_in(8) ? MAX_PAGES / PF_BLOCK_PAGES : blocks;
	else if (one_in(4))
		blocks = MAX_PAGES / PF_BLOCK_PAGES;
	machine.pages = (blocks / 8 + 1 + below(blocks - blocks / 8)) << PF_BLOCK_ORDER;
	machine.base = one_in(3) ? 0 : below(4) * CHUNK + (below(64) << PF_BLOCK_ORDER);
	if (machine.base + machine.pages > PF_PFN_DOWN(HOST_PHYS_SIZE))
		machine.base = 0;
	if (machine.pages > PF_PFN_DOWN(HOST_PHYS_SIZE))
		machine.pages = PF_PFN_DOWN(HOST_PHYS_SIZE);
}

/* Around 4 GiB, and where pfns outgrow 32 bits. Nothing backs such memory on small hosts. */
static void choose_high_window(void)
{
	pf_pfn middle = 1ul << (32 - PF_PAGE_SHIFT);

	if (PF_PHYS_BITS == 64 && sizeof(pf_pfn) == 8 && one_in(2))
		middle = (pf_pfn)((uint64_t)1 << 32);
	if (PF_PHYS_BITS == 32) /* the top of the address space */
		middle -= machine.pages;
	machine.base = (middle - machine.pages / 2) & ~(PF_BLOCK_PAGES - 1);
	machine.late_arrays = true;
	machine.place = FROM_ALLOC;
}

/* --- memory --- */

static unsigned long some_half(void)
{
	unsigned long h = below(2 * machine.pages + 1);

	switch (below(8)) {
	case 0:
		return h;
	case 1:
	case 2:
	case 3:
		return h & ~1ul;
	case 4:
	case 5:
		return h & ~(2 * PF_BLOCK_PAGES - 1);
	default: /* a chunk's border, by pfn */
		h = ((machine.base + h / 2) & ~(CHUNK - 1)) - machine.base;
		return h < machine.pages ? 2 * h : 0;
	}
}

static cell_t some_cell(void)
{
	int flags = one_in(6) ? HOTPLUG : 0;
	int nid = 0;

	/* Without kernelcore=mirror memblock does not keep it. */
	flags |= mirrored_kernelcore && one_in(3) ? MIRROR : 0;
	flags |= one_in(12) ? NOMAP : 0;
	if (PF_NUMA)
		nid = one_in(12) ? NO_NODE : (int)below(one_in(2) ? 2 : MAX_NODES);
	return CELL(nid, flags);
}

static void paint(unsigned long a, unsigned long b, cell_t cell)
{
	for (; a < b && a < 2 * machine.pages; a++)
		cells[a] = cell;
}

static void make_memory(void)
{
	unsigned long n = 1 + below(10), block;

	memset(cells, 0, sizeof(cells));
	paint(some_half(), 2 * machine.pages - some_half() / 8, some_cell());
	while (n--)
		paint(some_half(), some_half(), one_in(4) ? 0 : some_cell());
	/* nodes and holes side by side in one block */
	block = below(machine.pages) & ~(PF_BLOCK_PAGES - 1);
	for (n = one_in(2) ? below(20) : 0; n; n--) {
		unsigned long a = 2 * block + below(2 * PF_BLOCK_PAGES) / (one_in(3) ? 1 : 2) * 2;

		paint(a, a + 1 + below(40), one_in(4) ? 0 : some_cell());
	}
	block = below(machine.pages); /* one page at the least */
	paint(2 * block, 2 * block + 2, CELL(0, 0));
}

/* --- the command line --- */

static void choose_limits(void)
{
	pf_pfn *end = machine.config.zone_end, at = machine.base / (1 + below(2)), lowest = 0;
	int last = one_in(3) ? PF_ZONE_HIGHMEM : PF_ZONE_NORMAL;

	if (one_in(4))
		return;
	for (int z = 0; z < last; z++) {
		if (one_in(3))
			continue;
		at += below(machine.pages / 2);
		if (one_in(3)) /* the usual ones are aligned */
			at &= ~(PF_BLOCK_PAGES - 1);
		if (at < lowest)
			at = lowest;
		if (at > machine.base + machine.pages)
			at = machine.base + machine.pages;
		end[z] = lowest = at;
	}
	end[last] = one_in(4) ? machine.base + machine.pages : ~0ul;
}

static void choose_movable(void)
{
	struct pf_movable_config *c = &machine.config.movable;

	movable_node_enabled = one_in(6);
	mirrored_kernelcore = one_in(5);
	if (one_in(3))
		c->kernelcore = below(machine.pages + machine.pages / 4);
	if (one_in(3)) /* where a page more or less moves a border */
		c->kernelcore = (c->kernelcore & ~(CHUNK - 1)) + below(5);
	if (one_in(5))
		c->movablecore = below(machine.pages + machine.pages / 4);
	if (one_in(6))
		c->kernelcore_percent = (unsigned)below(101);
	if (one_in(8))
		c->movablecore_percent = (unsigned)below(101);
}

static void choose_place(void)
{
	machine.place = (enum place)below(PLACES);
	/* A block's descriptors must fill pages for a host to put something behind them. */
	if (machine.place == ON_DEMAND &&
	    (sizeof(struct pf_page) << PF_BLOCK_ORDER) % PF_PAGE_SIZE != 0)
		machine.place = MAPPED;
	machine.late_arrays = one_in(4);
	if (one_in(6))
		choose_high_window();
	machine.fail_one_in = one_in(4) ? (unsigned)(2 + below(20)) : 0;
	if (machine.place == ON_DEMAND && one_in(2))
		machine.fail_later = (unsigned)(1 + below(6));
	machine.may_fail = machine.fail_one_in || machine.fail_later;
	machine.config.alloc = machine.place == FROM_ALLOC ? memmap_alloc : NULL;
	if (machine.place == MAPPED)
		machine.config.memmap = &mapped_ops;
	if (machine.place == ON_DEMAND)
		machine.config.memmap = &on_demand_ops;
}

void machine_make(void)
{
	memset(&machine, 0, sizeof(machine));
	choose_window();
	choose_place();
	choose_limits();
	choose_movable();
	make_memory();
	machine.config.pages_at_once = one_in(2) ? 0 : 1 + below(machine.pages / 2);
	machine.reports = !one_in(4);
	for (unsigned long h = 0; h < 2 * machine.pages; h++)
		machine.has_mirror |= CELL_FLAGS(cells[h]) & MIRROR;
}

/* --- into memblock --- */

int late_arrays_out;

static void *late_alloc(size_t size)
{
	late_arrays_out++;
	return malloc(size);
}

static void late_free(void *array, size_t size)
{
	(void)size;
	late_arrays_out--;
	free(array);
}

static pf_phys half_phys(unsigned long h)
{
	return PF_PFN_PHYS(machine.base) + h * HALF;
}

static int add(pf_phys base, pf_phys size, cell_t cell)
{
	int nid = CELL_NID(cell), ret;

	ret = nid == NO_NODE ? memblock_add(base, size)
			     : memblock_add_node(base, size, nid, MEMBLOCK_NONE);
	if (!ret && CELL_FLAGS(cell) & HOTPLUG)
		ret = memblock_mark_hotplug(base, size);
	if (!ret && CELL_FLAGS(cell) & MIRROR)
		ret = memblock_mark_mirror(base, size);
	if (!ret && CELL_FLAGS(cell) & NOMAP)
		ret = memblock_mark_nomap(base, size);
	return ret;
}

static int add_memory(void)
{
	int ret = 0;

	for (unsigned long a = 0, b; !ret && a < 2 * machine.pages; a = b) {
		for (b = a + 1; b < 2 * machine.pages && cells[b] == cells[a]; b++)
			;
		if (cells[a])
			ret = add(half_phys(a), (b - a) * HALF, cells[a]);
	}
	return ret;
}

static int reserve(void)
{
	unsigned long n = below(one_in(4) ? 60 : 12);
	int ret = 0;

	while (!ret && n--) {
		pf_phys base = half_phys(0) + below(machine.pages) * PF_PAGE_SIZE;
		pf_phys size = below(one_in(3)	 ? 64 * PF_PAGE_SIZE
				     : one_in(3) ? PF_PAGE_SIZE << PF_BLOCK_ORDER
						 : machine.pages / 6 * PF_PAGE_SIZE);

		if (one_in(2))
			base += below(PF_PAGE_SIZE);
		if (one_in(3))
			size &= ~(PF_PAGE_SIZE - 1);
		ret = memblock_reserve(base, size);
	}
	return ret;
}

bool machine_to_memblock(void)
{
	static const struct memblock_array_ops late = { late_alloc, late_free };
	bool movable = movable_node_enabled, mirror = mirrored_kernelcore;

	host_reset();
	movable_node_enabled = movable;
	mirrored_kernelcore = mirror;
	memblock_set_current_limit(HOST_PHYS_SIZE);
	memblock_allow_resize();
	if (machine.late_arrays)
		memblock_set_array_ops(&late);
	memblock_set_bottom_up(one_in(3));
	return !add_memory() && !reserve();
}

void machine_read_reserved(void)
{
	const struct memblock_region *r;

	memset(reserved, 0, sizeof(reserved));
	for_each_reserved_mem_region(r) {
		pf_phys from = r->base > half_phys(0) ? r->base : half_phys(0);
		pf_phys end = r->base + r->size;

		for (unsigned long h = (unsigned long)((from - half_phys(0)) / HALF);
		     h < 2 * machine.pages && half_phys(h) < end; h++)
			reserved[h] = true;
	}
}
