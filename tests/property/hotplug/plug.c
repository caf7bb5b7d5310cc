/* SPDX-License-Identifier: MIT */
/* Memory and devices come and go: which calls must succeed, which must not, and what has changed.
 */
#include "hotplug.h"

static unsigned groups;
static struct pf_dev_pagemap devices[MAX_DEVICES];

void plug_begin(void)
{
	groups = 0;
	memset(devices, 0, sizeof(devices));
}

/* Blocks [first, end) of the model; may reach beyond it. */
struct range {
	unsigned long first, end;
};

static struct range some_range(void)
{
	struct range r = { .first = below(BLOCKS) };

	r.end = r.first + 1 + below(one_in(4) ? 12 : 3);
	if (one_in(16)) /* what is all alike */
		r.end = r.first;
	while (r.end < BLOCKS && (r.end == r.first || one_in(2)) &&
	       blocks[r.end].is == blocks[r.first].is)
		r.end++;
	return r;
}

static bool are(struct range r, enum presence is)
{
	while (r.first < r.end && r.first < BLOCKS && blocks[r.first].is == is)
		r.first++;
	return r.first == r.end;
}

static pf_phys phys_of(unsigned long block)
{
	return PF_PFN_PHYS(pfn_of(block << PF_BLOCK_ORDER));
}

static unsigned long pages_in(struct range r)
{
	return (r.end - r.first) << PF_BLOCK_ORDER;
}

static bool has(struct range r, bool (*what)(unsigned long i))
{
	for (unsigned long i = r.first << PF_BLOCK_ORDER; i < r.end << PF_BLOCK_ORDER; i++)
		if (what(i))
			return true;
	return false;
}

/* --- comes --- */

/* Descriptors come from the page allocator, unless they lie in the range; if it cannot come, none.
 */
static void descriptors_taken(struct range r, bool inside, int ret)
{
	unsigned long want = is_mapped() && !inside && !ret ? (r.end - r.first) : 0;
	unsigned long taken = learn_taken();

	if (taken != want * DESCRIPTOR_PAGES)
		differ("%lu pages are taken for descriptors, not %lu", taken,
		       want * DESCRIPTOR_PAGES);
}

/* Ends that are no whole block are lost: as if they had not been there. */
static void ragged(pf_phys *start, pf_phys *size)
{
	pf_phys before = one_in(4) ? below(PF_BLOCK_SIZE) : 0;

	*start -= before;
	*size += before + (one_in(4) ? below(PF_BLOCK_SIZE) : 0);
}

/* -PF_EEXIST, -PF_EINVAL or 0: then it may lack memory. */
static int verdict_of_coming(struct range r, int nid)
{
	if (nid < 0 || nid >= NODES || r.end > BLOCKS)
		return -PF_EINVAL;
	return are(r, ABSENT) ? 0 : -PF_EEXIST;
}

static bool is_lack(int ret)
{
	return ret == -PF_ENOMEM && (is_mapped() || host_refused);
}

static void now_there(struct range r, enum presence is, int nid, unsigned group, unsigned long map)
{
	for (unsigned long b = r.first; b < r.end; b++)
		blocks[b] = (struct block_model){
			.is = is, .nid = nid, .group = group, .map = b < r.first + map
		};
	memset(&uses[r.first << PF_BLOCK_ORDER], AVAILABLE, pages_in(r));
	memset(&marked[r.first << PF_BLOCK_ORDER], 0, pages_in(r));
}

static void add(struct range r)
{
	int nid = one_in(16) ? NODES : (int)below(NODES), want = verdict_of_coming(r, nid), ret;
	unsigned flags = one_in(3) ? PF_MEMMAP_ON_MEMORY : 0;
	unsigned long map = (r.end - r.first) * DESCRIPTOR_PAGES;
	pf_phys start = phys_of(r.first), size = (r.end - r.first) * PF_BLOCK_SIZE;

	map = is_mapped() && flags ? (map + PF_BLOCK_PAGES - 1) / PF_BLOCK_PAGES : 0;
	if (!want && map && map >= r.end - r.first)
		want = -PF_EINVAL;
	ragged(&start, &size);
	begin("pf_add_memory()");
	ret = pf_add_memory(&mem, nid, start, size, flags);
	if (ret != want && !(is_lack(ret) && !want))
		differ("blocks [%lu, %lu): it returns %d, not %d: %s", r.first, r.end, ret, want,
		       host_output());
	descriptors_taken(r, map, ret);
	if (!ret)
		now_there(r, OFFLINE, nid, map ? ++groups : 0, map);
}

static void map_device(struct range r)
{
	struct pf_dev_pagemap *d = &devices[below(MAX_DEVICES)];
	int nid = (int)below(NODES), want = verdict_of_coming(r, nid), ret;

	if (d->size)
		return;
	*d = (struct pf_dev_pagemap){ .nid = nid };
	d->start = phys_of(r.first);
	d->size = (r.end - r.first) * PF_BLOCK_SIZE;
	ragged(&d->start, &d->size);
	begin("pf_memremap_pages()");
	ret = pf_memremap_pages(&mem, d);
	if (ret != want && !(is_lack(ret) && !want))
		differ("blocks [%lu, %lu): it returns %d, not %d: %s", r.first, r.end, ret, want,
		       host_output());
	descriptors_taken(r, false, ret);
	if (ret) {
		d->size = 0;
		return;
	}
	now_there(r, DEVICE, nid, 0, 0);
	for (unsigned long b = r.first; b < r.end; b++)
		blocks[b].device = d;
}

/* --- goes --- */

/* All of it, with what it had for descriptors. */
static void now_gone(struct range r)
{
	unsigned long inside = 0, given;

	for (unsigned long b = r.first; b < r.end; b++) {
		inside += blocks[b].group != 0;
		blocks[b] = (struct block_model){ .is = ABSENT };
	}
	given = learn_given();
	if (given != (is_mapped() ? (r.end - r.first - inside) * DESCRIPTOR_PAGES : 0))
		differ("%lu pages of descriptors come back, for %lu blocks", given,
		       r.end - r.first - inside);
}

static bool is_cut(struct range r)
{
	for (unsigned long b = r.first; b < r.end; b++)
		for (unsigned long o = 0; blocks[b].group && o < BLOCKS; o++)
			if (blocks[o].group == blocks[b].group && (o < r.first || o >= r.end))
				return true;
	return false;
}

static int verdict_of_removal(struct range r)
{
	for (unsigned long b = r.first; b < r.end; b++)
		if (b >= BLOCKS || blocks[b].is != OFFLINE)
			return b < BLOCKS && blocks[b].is != ABSENT ? -PF_EBUSY : -PF_EINVAL;
	return is_cut(r) ? -PF_EBUSY : 0;
}

static void remove_memory(struct range r)
{
	int want = r.end > BLOCKS ? -PF_EINVAL : verdict_of_removal(r), ret;

	begin("pf_remove_memory()");
	ret = pf_remove_memory(&mem, phys_of(r.first), (r.end - r.first) * PF_BLOCK_SIZE);
	if (ret != want)
		differ("blocks [%lu, %lu): it returns %d, not %d: %s", r.first, r.end, ret, want,
		       host_output());
	if (!ret)
		now_gone(r);
}

static void unmap_device(struct pf_dev_pagemap *d)
{
	struct range r = { BLOCKS, 0 };

	if (!d->size)
		return;
	for (unsigned long b = 0; b < BLOCKS; b++)
		if (blocks[b].device == d) {
			r.first = b < r.first ? b : r.first;
			r.end = b + 1;
		}
	begin("pf_memunmap_pages()");
	pf_memunmap_pages(&mem, d);
	if (*host_output())
		differ("a device does not go: %s", host_output());
	now_gone(r);
	d->size = 0;
}

void unplug_devices(void)
{
	for (int d = 0; d < MAX_DEVICES; d++)
		unmap_device(&devices[d]);
}

/* --- online --- */

static bool is_of_one_node(struct range r)
{
	for (unsigned long b = r.first; b < r.end; b++)
		if (blocks[b].nid != blocks[r.first].nid)
			return false;
	return true;
}

static enum pf_zone_type zone_at(unsigned long block)
{
	return pf_info_zone(pf_page_info(&mem, pfn_of(block << PF_BLOCK_ORDER)));
}

static void now_online(struct range r, enum pf_online_to to)
{
	for (unsigned long b = r.first; b < r.end; b++) {
		enum pf_zone_type zone = zone_at(b);

		blocks[b].is = ONLINE;
		if (zone != zone_at(r.first) ||
		    (to != PF_ONLINE_AUTO &&
		     (zone == PF_ZONE_MOVABLE) != (to == PF_ONLINE_MOVABLE)))
			differ("block %lu comes to zone %d", b, (int)zone);
		if (blocks[b].map)
			memset(&uses[b << PF_BLOCK_ORDER], KERNEL, PF_BLOCK_PAGES);
	}
}

static void online(struct range r)
{
	enum pf_online_to to = (enum pf_online_to)below(3);
	bool good = r.end <= BLOCKS && are(r, OFFLINE) && is_of_one_node(r);
	int ret;

	begin("pf_online_pages()");
	ret = pf_online_pages(&mem, pfn_of(r.first << PF_BLOCK_ORDER), pages_in(r), to);
	if (ret != (good ? 0 : -PF_EINVAL))
		differ("blocks [%lu, %lu): it returns %d: %s", r.first, r.end, ret, host_output());
	if (good)
		now_online(r, to);
}

/* --- offline --- */

/* Nobody but its owner can make it go. */
static bool stays(unsigned long i)
{
	return marked[i] || uses[i] == UNMOVABLE || (uses[i] == KERNEL && !block_of(i)->map) ||
	       block_of(i)->mixed;
}

static bool may_stay(unsigned long i)
{
	return uses[i] == MOVABLE || block_of(i)->map;
}

static bool is_of_one_zone(struct range r)
{
	for (unsigned long b = r.first; b < r.end; b++)
		if (zone_at(b) != zone_at(r.first))
			return false;
	return is_of_one_node(r);
}

static void offline(struct range r)
{
	bool possible = r.end <= BLOCKS && are(r, ONLINE) && is_of_one_zone(r) && !has(r, stays);
	bool certain = possible && !has(r, may_stay), moves = one_in(2);
	struct pf_obstacle o = { 0 };
	int ret;

	begin("pf_offline_pages()");
	ret = pf_offline_pages(&mem, pfn_of(r.first << PF_BLOCK_ORDER), pages_in(r),
			       moves ? &mover : NULL, &o);
	if (ret ? certain : !possible)
		differ("blocks [%lu, %lu): it returns %d: %#lx %s", r.first, r.end, ret, o.pfn,
		       o.why);
	if (ret)
		return;
	for (unsigned long b = r.first; b < r.end; b++)
		blocks[b].is = OFFLINE;
	/* Held pages have left; what comes back is available, but for damaged ones. */
	for (unsigned n = 0; n < nr_held; n++)
		if (block_of(held[n].pfn - BASE)->is != ONLINE)
			differ("page %#lx goes offline, and is in use", held[n].pfn);
}

void plug(void)
{
	struct range r = some_range();

	switch (below(8)) {
	case 0:
		add(r);
		break;
	case 1:
		map_device(r);
		break;
	case 2:
		unmap_device(&devices[below(MAX_DEVICES)]);
		break;
	case 3:
		remove_memory(r);
		break;
	case 4:
	case 5:
		online(r);
		break;
	default:
		offline(r);
	}
}
