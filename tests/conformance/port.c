/* SPDX-License-Identifier: MIT */
/*
 * The host under Linux's tests: memory comes from malloc(), and an address is physical and virtual
 * at once. With MEMBLOCK_DEBUG in the environment, memblock=debug is on from the start. The tests
 * end with abort() when one fails, and what they have printed must not be lost.
 */
#include <pageframe/memblock.h>
#include <pageframe/port.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __attribute__((constructor)) void start(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	memblock_debug = getenv("MEMBLOCK_DEBUG") != NULL;
}

/* As a comment among the tests' results. */
void pf_port_print(enum pf_level level, const char *line)
{
	(void)level;
	printf("# %s\n", line);
}

bool pf_port_symbol(const void *ip, char *buf, size_t size)
{
	(void)ip;
	(void)buf;
	(void)size;
	return false;
}

_Noreturn void pf_port_panic(const char *what)
{
	fprintf(stderr, "panic: %s\n", what);
	abort();
}

void *pf_port_phys_to_virt(pf_phys phys)
{
	return (void *)(uintptr_t)phys;
}

pf_phys pf_port_virt_to_phys(const void *virt)
{
	return (uintptr_t)virt;
}

void pf_port_zero(void *virt, pf_phys size)
{
	memset(virt, 0, (size_t)size);
}
