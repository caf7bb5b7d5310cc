/* SPDX-License-Identifier: MIT */
/*
 * Damaged pages that are still in use. A page's descriptor is marked, and with it the entry of its
 * block, which is how those who free learn of it. Where a page that was in use comes free, under
 * the zone's lock, a marked one stays behind. So no page is ever free and marked.
 */
#include "internal.h"

#include "../memmap/poison.h"

static bool is_split(const struct pf_mem *mem, unsigned long nr)
{
	return pf_info_state(pf_load(&mem->blocks[nr].info)) == PF_SPLIT;
}

/* Anybody may look at its descriptors: a device's are the device's, too. */
static bool is_open(const struct pf_mem *mem, unsigned long nr)
{
	return is_split(mem, nr) || pf_info_state(pf_load(&mem->blocks[nr].info)) == PF_DEVICE;
}

/* Its owner may be about to free it, by compare-and-exchange, too. */
static void set_mark(struct pf_mem *mem, pf_pfn pfn, uint32_t mark)
{
	struct pf_page *page = page_of(mem, pfn);
	bool open = is_split(mem, pf_block_nr(mem, pfn));
	uint32_t info;

	if (!open)
		unpoison(page, sizeof(*page));
	info = pf_load(&page->info);
	while (!pf_cas_acquire(&page->info, &info, (info & ~PF_INFO_MARKED) | mark))
		;
	if (!open)
		poison(page, sizeof(*page));
}

unsigned long pfi_marked_pages(const struct pf_mem *mem, unsigned long nr)
{
	pf_pfn pfn = pf_block_pfn(mem, nr);
	unsigned long pages = 0;

	if (pf_load_acquire(&mem->blocks[nr].described) != PF_DESCRIBED)
		return 0;
	if (!is_open(mem, nr))
		unpoison(page_of(mem, pfn), DESCRIPTORS_SIZE);
	for (unsigned long i = 0; i < PF_BLOCK_PAGES; i++)
		pages += (pf_load(&page_of(mem, pfn + i)->info) & PF_INFO_MARKED) != 0;
	if (!is_open(mem, nr))
		poison(page_of(mem, pfn), DESCRIPTORS_SIZE);
	return pages;
}

/* The entry of a mixed block is several zones'. */
void pfi_mark(struct pf_mem *mem, pf_pfn pfn)
{
	struct pf_block *b = pf_block(mem, pfn);
	pf_irqflags flags = pf_lock_irqsave(&mem->marks);

	pf_store(&b->info, b->info | PF_INFO_MARKED);
	set_mark(mem, pfn, PF_INFO_MARKED);
	pf_unlock_irqrestore(&mem->marks, flags);
}

void pfi_look_for_marks(struct pf_mem *mem, unsigned long nr)
{
	struct pf_block *b = &mem->blocks[nr];
	pf_irqflags flags;

	if (!(pf_load(&b->info) & PF_INFO_MARKED))
		return;
	flags = pf_lock_irqsave(&mem->marks);
	if (!pfi_marked_pages(mem, nr))
		pf_store(&b->info, b->info & ~PF_INFO_MARKED);
	pf_unlock_irqrestore(&mem->marks, flags);
}

void pfi_unmark(struct pf_mem *mem, pf_pfn pfn)
{
	set_mark(mem, pfn, 0);
	pfi_look_for_marks(mem, pf_block_nr(mem, pfn));
}

/* The entry is right before anything comes free: the last run may make the block whole. */
void pfi_free_marked(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, pf_pfn end)
{
	const uint32_t place = info_place(zone->type, zone->nid);
	unsigned long nr = pf_block_nr(mem, pfn);
	bool any = false;

	if (!is_split(mem, nr)) /* it has descriptors, and they stay as they are */
		pfi_split(mem, nr, PF_TAIL);
	for (pf_pfn at = pfn; at < end; at++) {
		struct pf_page *page = page_of(mem, at);
		bool marked = pf_load(&page->info) & PF_INFO_MARKED;

		pf_store(&page->info, place | (marked ? PF_POISONED : PF_TAIL));
		any |= marked;
	}
	if (any)
		pfi_look_for_marks(mem, nr);
	while (pfn < end) {
		pf_pfn stop = pfn;

		while (stop < end && pf_info_state(pf_load(&page_of(mem, stop)->info)) == PF_TAIL)
			stop++;
		pfi_free_run(mem, zone, pfn, stop, AT_HEAD);
		pfn = stop + 1;
	}
}

void pfi_free_used_blocks(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
			  unsigned long end)
{
	while (nr < end) {
		unsigned long n = nr;

		while (n < end && !(mem->blocks[n].info & PF_INFO_MARKED))
			n++;
		pfi_mark_blocks(mem, nr, n - nr, PF_FREE);
		pfi_free_chunk_blocks(mem, zone, nr, n);
		if (n < end)
			pfi_free_marked(mem, zone, pf_block_pfn(mem, n), pf_block_pfn(mem, n + 1));
		nr = n + 1;
	}
}
