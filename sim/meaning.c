/* SPDX-License-Identifier: MIT */
#include "meaning.h"

#include <string.h>

const char *meaning(const char *who, size_t length)
{
	static const struct {
		const char *who;
		const char *meaning;
	} known[] = {
		{ "pf_boot", "pageframe's memory map" },
		{ "sparse_init_nid", "memory map" },
		{ "vmemmap_alloc_block_zero", "map's page tables" },
		{ "vmemmap_populate_hugepages", "memory map" },
		{ "memmap_alloc", "memory map" },
		{ "sparse_init", "map's sections" },
		{ "sparse_index_alloc", "map's sections" },
		{ "alloc_node_data", "node data" },
		{ "swiotlb_init_remap", "bounce buffers" },
		{ "efi_reserve_boot_services", "UEFI boot services" },
		{ "efi_memblock_x86_reserve_range", "UEFI memory map" },
		{ "setup_log_buf", "log, see log_buf_len=" },
		{ "alloc_large_system_hash", "hash tables" },
		{ "pcpu_fc_alloc", "per-CPU data" },
		{ "pcpu_embed_first_chunk", "per-CPU data" },
		{ "alloc_low_pages", "direct map" },
		{ "spp_getpage", "kernel page tables" },
		{ "reserve_crashkernel", "crash kernel" },
		{ "reserve_crashkernel_generic", "crash kernel" },
		{ "__alloc_bootmem_huge_page", "huge pages" },
		{ "acpi_reserve_initial_tables", "ACPI tables" },
		{ "reserve_real_mode", "start-up of other CPUs" },
		{ "setup_arch", "first MiB, early heap" },
		{ "memblock_double_array", "memblock's arrays" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strlen(known[i].who) == length && !strncmp(known[i].who, who, length))
			return known[i].meaning;
	return NULL;
}
