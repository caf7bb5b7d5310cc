/* SPDX-License-Identifier: MIT */
#include "common.h"

#include <ctype.h>
#include <sys/mman.h>

/* make MEMBLOCK_DEBUG=1: every case runs with memblock=debug. */
#ifndef SIMULATOR_DEBUG
#define SIMULATOR_DEBUG 0
#endif

static bool case_reads_debug;

void fresh(void)
{
	jmp_buf *panic_jump = host_panic_jump;

	host_reset();
	host_panic_jump = panic_jump;
	movable_node_enabled = check_options.movable_node;
	memblock_debug = SIMULATOR_DEBUG;
	case_reads_debug = false;
}

void debug_on(void)
{
	memblock_debug = true;
	case_reads_debug = true;
}

void debug_off(void)
{
	memblock_debug = false;
}

/*
 * Between the library and the host (ld --wrap). Messages that only MEMBLOCK_DEBUG=1 asks for are
 * shown, and kept out of what the cases read.
 */
void __real_pf_port_print(enum pf_level level, const char *line);
void __wrap_pf_port_print(enum pf_level level, const char *line);

void __wrap_pf_port_print(enum pf_level level, const char *line)
{
	if (SIMULATOR_DEBUG && memblock_debug)
		printf("%s%s\n", check_options.verbose ? "# " : "", line);
	if (!SIMULATOR_DEBUG || case_reads_debug || level < PF_INFO)
		__real_pf_port_print(level, line);
}

void dummy_start(void)
{
	memset(virt(DUMMY_BASE), DUMMY_BYTE, (size_t)DUMMY_SIZE);
}

void dummy_register(void)
{
	if (!is_dirty(DUMMY_BASE, DUMMY_SIZE))
		dummy_start();
	ok(memblock_add(DUMMY_BASE, DUMMY_SIZE));
}

void dummy_end(void)
{
	fresh();
	if (madvise(virt(DUMMY_BASE), (size_t)DUMMY_SIZE, MADV_DONTNEED))
		perror("dummy memory");
}

/* Pages of each; together those of the dummy memory. */
static const unsigned char node_pages[DUMMY_NODES] = { 32, 16, 64, 8, 48, 16, 40, 32 };

phys_addr_t node_base(int nid)
{
	phys_addr_t base = DUMMY_BASE;

	for (int i = 0; i < nid; i++)
		base += node_size(i);
	return base;
}

phys_addr_t node_end(int nid)
{
	return node_base(nid) + node_size(nid);
}

phys_addr_t node_size(int nid)
{
	return node_pages[nid] * PF_PAGE_SIZE;
}

void dummy_nodes(void)
{
	for (int nid = 0; nid < DUMMY_NODES; nid++)
		ok(memblock_set_node(node_base(nid), node_size(nid), &memblock.memory, nid));
}

#if PF_NUMA
void three_nodes(void)
{
	fresh();
	for (int nid = 0; nid < 3; nid++)
		ok(memblock_add_node(0x100000 * (phys_addr_t)(nid + 1), 0x100000, nid,
				     MEMBLOCK_NONE));
}
#endif

phys_addr_t phys(const void *virt)
{
	return virt ? pf_port_virt_to_phys(virt) : 0;
}

static bool is_all(phys_addr_t addr, phys_addr_t size, unsigned char byte)
{
	const unsigned char *p = virt(addr);

	return !size || (p[0] == byte && !memcmp(p, p + 1, (size_t)size - 1));
}

bool is_zeroed(phys_addr_t addr, phys_addr_t size)
{
	return is_all(addr, size, 0);
}

bool is_dirty(phys_addr_t addr, phys_addr_t size)
{
	return is_all(addr, size, DUMMY_BYTE);
}

void fill_from(phys_addr_t base, int (*add)(phys_addr_t, phys_addr_t), unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		ok(add(base + i * 0x2000, 0x1000));
}

void fill_far(int (*add)(phys_addr_t, phys_addr_t), unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		ok(add(FAR + i * 0x2000, FAR_SIZE));
}

const char *text(const struct memblock_type *type)
{
	static char buf[1 << 15];
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned long i = 0; i < type->cnt && n < sizeof(buf) - 100; i++) {
		const struct memblock_region *r = &type->regions[i];
		int nid = memblock_get_region_node(r);

		n += (size_t)snprintf(buf + n, sizeof(buf) - n, "%s%llx-%llx", i ? " " : "",
				      (unsigned long long)r->base,
				      (unsigned long long)(r->base + r->size));
		if (PF_NUMA && nid >= 0 && nid < MAX_NUMNODES)
			n += (size_t)snprintf(buf + n, sizeof(buf) - n, "@%d", nid);
		if (r->flags)
			n += (size_t)snprintf(buf + n, sizeof(buf) - n, "!%x", (unsigned)r->flags);
	}
	return buf;
}

phys_addr_t sum(const struct memblock_type *type)
{
	phys_addr_t bytes = 0;

	for (unsigned long i = 0; i < type->cnt; i++)
		bytes += type->regions[i].size;
	return bytes;
}

bool is_sorted(const struct memblock_type *type)
{
	for (unsigned long i = 1; i < type->cnt; i++)
		if (type->regions[i - 1].base + type->regions[i - 1].size > type->regions[i].base)
			return false;
	return true;
}

const char *as_printed(const char *want)
{
	static char buf[1 << 14];
	size_t n = 0;

	if (PF_PHYS_BITS == 64)
		return want;
	while (*want && n < sizeof(buf) - 1) {
		size_t digits = 0;

		while (!strncmp(want, "0x", 2) && isxdigit((unsigned char)want[2 + digits]))
			digits++;
		buf[n++] = *want++;
		if (digits == 16) {
			buf[n++] = 'x';
			want += 1 + 8;
		}
	}
	buf[n] = '\0';
	return buf;
}
