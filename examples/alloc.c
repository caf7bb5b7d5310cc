/* SPDX-License-Identifier: MIT */
/* The library in a process: boots 64 MiB, allocates, frees, and shows what is free meanwhile. */
#include <stdio.h>
#include <string.h>

#include <pageframe/boot.h>
#include <pageframe/page_alloc.h>

#include "../port/posix/port.h"

#define MEMORY (64u << 20)

static void print(void *to, const char *text, size_t size)
{
	fwrite(text, 1, size, to);
}

int main(void)
{
	static const struct pf_boot_config config = { .nr_cpus = 1 }; /* all of it is one zone */
	static struct pf_mem mem;
	pf_pfn pfn;

	if (!posix_port_memory(MEMORY)) {
		perror("no room for the memory");
		return 1;
	}
	if (memblock_add(0, MEMORY) ||
	    memblock_reserve(0, 1u << 20) || /* as if a kernel lay there */
	    pf_boot(&mem, &config))
		return 1; /* the library has said why */
	printf("%lu pages are free\n", memblock_free_all(&mem));
	pf_show_buddyinfo(&mem, print, stdout);

	pfn = pf_alloc_pages(&mem, 2, PF_GFP_UNMOVABLE | PF_GFP_ZERO); /* 2^2 pages */
	if (pfn == PF_NO_PFN)
		return 1;
	strcpy(pf_port_phys_to_virt(PF_PFN_PHYS(pfn)), "put into physical memory");
	printf("pages 0x%lx to 0x%lx: %s\n", pfn, pfn + 3,
	       (char *)pf_port_phys_to_virt(PF_PFN_PHYS(pfn)));
	pf_show_buddyinfo(&mem, print, stdout);

	pf_free_pages(&mem, pfn, 2);
	pf_drain_all(&mem); /* what the CPU keeps at hand, too */
	puts("and free again");
	pf_show_buddyinfo(&mem, print, stdout);
	return 0;
}
