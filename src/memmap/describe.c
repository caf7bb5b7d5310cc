/* SPDX-License-Identifier: MIT */
/*
 * Writing the descriptors of a block, all at once and only once. Whoever moves the entry from
 * UNDESCRIBED to DESCRIBING writes them; everybody else waits until they are DESCRIBED. Interrupts
 * are off meanwhile, so that no handler on this CPU can wait for what it interrupts.
 */
#include "internal.h"

#include <pageframe/port.h>

#include "poison.h"

/* The entry has its place by now, whatever its state. */
static int back(struct pf_mem *mem, unsigned long nr, struct pf_page *page)
{
	const struct pf_memmap_ops *ops = mem->memmap_ops;

	if (!ops || !ops->on_demand)
		return 0;
	return ops->map(page, PF_PHYS_MAX, DESCRIPTORS_SIZE,
			pf_info_node(pf_load(&mem->blocks[nr].info)));
}

/*
 * They are written once, to memory that is in no cache: there a plain loop is faster than memset()
 * and what stores strings (bench/handover). Only the first word means anything; four alike are one
 * store for some.
 */
static void write_all(struct pf_page *page, uint32_t info)
{
	struct pf_page descriptor = { info, info, { info, info } };

	unpoison(page, DESCRIPTORS_SIZE);
	for (unsigned long i = 0; i < PF_BLOCK_PAGES; i++)
		page[i] = descriptor;
	poison(page, DESCRIPTORS_SIZE);
}

int pfi_describe(struct pf_mem *mem, unsigned long nr, uint32_t info)
{
	struct pf_block *b = &mem->blocks[nr];
	struct pf_page *page = pf_page(mem, pf_block_pfn(mem, nr));
	uint8_t seen = PF_UNDESCRIBED;
	pf_irqflags flags;
	int ret;

	if (pf_load_acquire(&b->described) == PF_DESCRIBED)
		return 1;
	flags = pf_irq_save();
	while (!pf_cas_acquire(&b->described, &seen, PF_DESCRIBING)) {
		if (seen == PF_DESCRIBED) {
			pf_irq_restore(flags);
			return 1;
		}
		pf_port_relax();
		seen = PF_UNDESCRIBED;
	}
	ret = back(mem, nr, page);
	if (!ret) {
		write_all(page, info);
		pf_fetch_add(&mem->described, 1);
	}
	pf_store_release(&b->described, ret ? PF_UNDESCRIBED : PF_DESCRIBED);
	pf_irq_restore(flags);
	return ret;
}

void pfi_move_descriptors(struct pf_mem *mem, unsigned long nr, uint32_t place)
{
	struct pf_page *page = pf_page(mem, pf_block_pfn(mem, nr));

	if (pf_load(&mem->blocks[nr].described) != PF_DESCRIBED)
		return;
	unpoison(page, DESCRIPTORS_SIZE);
	for (unsigned long i = 0; i < PF_BLOCK_PAGES; i++)
		pf_store(&page[i].info, (page[i].info & ~PF_INFO_PLACE) | place);
	poison(page, DESCRIPTORS_SIZE);
}

/* A block whose pages nobody looks at yet. */
static bool is_whole(uint32_t info)
{
	switch (pf_info_state(info)) {
	case PF_RESERVED:
	case PF_DEFERRED:
	case PF_FREE:
	case PF_ALLOCATED:
		return true;
	default:
		return false;
	}
}

/*
 * Whoever splits the block later finds what a free block's pages are; if it is reserved, it says so
 * itself.
 */
static int describe_early(struct pf_mem *mem, unsigned long nr)
{
	struct pf_block *b = &mem->blocks[nr];
	uint32_t info = pf_load(&b->info);

	if (!is_whole(info) || pf_load(&b->described) != PF_UNDESCRIBED)
		return 1;
	return pfi_describe(mem, nr, (info & PF_INFO_PLACE) | PF_TAIL);
}

/* A block was not described: the next call begins no later than with it. */
static void go_back(struct pf_mem *mem, unsigned long nr)
{
	unsigned long next = pf_load(&mem->described_next);

	while (next > nr && !pf_cas_acquire(&mem->described_next, &next, nr))
		;
}

unsigned long pf_init_descriptors(struct pf_mem *mem, unsigned long blocks)
{
	unsigned long done = 0;

	while (done < blocks && pf_load(&mem->described_next) < mem->nr_blocks) {
		unsigned long nr = pf_fetch_add(&mem->described_next, 1);
		unsigned turn = pf_read_lock(&mem->readers);
		int ret = nr < mem->nr_blocks ? describe_early(mem, nr) : 1;

		pf_read_unlock(&mem->readers, turn);

		if (ret < 0) {
			go_back(mem, nr);
			break;
		}
		done += !ret;
	}
	return done;
}

unsigned long pf_described_blocks(const struct pf_mem *mem)
{
	return pf_load(&mem->described);
}
