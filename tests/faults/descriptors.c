/* SPDX-License-Identifier: MIT */
#include "descriptors.h"

#include <sys/mman.h>

#if DESCRIPTORS_POISONED
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

static size_t bytes(uint64_t pages)
{
	return (size_t)pages * sizeof(struct descriptor);
}

bool descriptors_make(struct descriptors *d, uint64_t pages)
{
	*d = (struct descriptors){ .pages = pages };
	if (pages > UINT64_C(1) << 44) /* no machine has more, and bytes() must not overflow */
		return false;
	d->at = mmap(NULL, bytes(pages), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (d->at == MAP_FAILED)
		d->at = NULL;
	return d->at != NULL;
}

void descriptors_free(struct descriptors *d)
{
	if (!d->at)
		return;
	munmap(d->at, bytes(d->pages));
	d->at = NULL;
}

void descriptors_provide(struct descriptors *d, uint64_t start, uint64_t end)
{
	if (start < end)
		ASAN_POISON_MEMORY_REGION(&d->at[start], bytes(end - start));
}

void descriptors_withdraw(struct descriptors *d, uint64_t start, uint64_t end)
{
	if (start < end)
		ASAN_UNPOISON_MEMORY_REGION(&d->at[start], bytes(end - start));
}

void descriptors_init(struct descriptors *d, uint64_t start, uint64_t end)
{
	if (start >= end)
		return;
	ASAN_UNPOISON_MEMORY_REGION(&d->at[start], bytes(end - start));
	for (uint64_t pfn = start; pfn < end; pfn++) {
		struct descriptor *p = &d->at[pfn];

		if (p->times) {
			fault_count(&d->twice, 1, pfn);
			if (p->state >= PAGE_INSIDE)
				fault_count(&d->twice_free, 1, pfn);
		}
		p->times = (uint8_t)(p->times + (p->times < UINT8_MAX));
		p->state = PAGE_RESERVED;
	}
}

bool descriptor_ready(const struct descriptors *d, uint64_t pfn)
{
#if DESCRIPTORS_POISONED
	return !__asan_address_is_poisoned(&d->at[pfn]) && d->at[pfn].times;
#else
	return d->at[pfn].times;
#endif
}

bool descriptor_read(struct descriptors *d, uint64_t pfn, enum page_state *state)
{
	bool ready = descriptor_ready(d, pfn);

	if (!ready)
		fault_count(&d->unready, 1, pfn);
	if (ready || d->strict)
		*state = (enum page_state)(*(const volatile uint8_t *)&d->at[pfn].state);
	return ready;
}
