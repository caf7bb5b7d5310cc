/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

unsigned long host_zero_calls;
pf_phys host_zero_bytes;
const char *host_symbol;
jmp_buf *host_panic_jump;
const char *host_panic_message;

_Thread_local unsigned host_cpu = ~0u;
bool host_no_barrier;
unsigned long host_barriers;
void (*host_relax)(void);

int host_luck;
bool host_unlucky_once;
unsigned long host_refused;

static struct {
	void *virt;
	size_t size;
} areas[32];
static unsigned nr_areas;

size_t host_unmapped;

static char output[1 << 16];
static size_t used;

/* What lies behind a part of an area, as map() was told. */
static struct backing {
	char *virt;
	pf_phys phys;
	size_t size;
} backings[4096];
static unsigned nr_backings;

static void drop_areas(void)
{
	while (nr_areas) {
		nr_areas--;
		munmap(areas[nr_areas].virt, areas[nr_areas].size);
	}
	nr_backings = 0;
}

void host_reset(void)
{
	memblock_reset();
	host_forget_output();
	host_zero_calls = 0;
	host_zero_bytes = 0;
	host_symbol = NULL;
	host_panic_jump = NULL;
	host_panic_message = NULL;
	host_no_barrier = false;
	host_barriers = 0;
	host_relax = NULL;
	host_cpu = 0;
	drop_areas();
	host_luck = HOST_LUCKY;
	host_unlucky_once = false;
	host_refused = 0;
	host_unmapped = 0;
}

const char *host_output(void)
{
	return output;
}

void host_forget_output(void)
{
	used = 0;
	output[0] = '\0';
}

void pf_port_print(enum pf_level level, const char *line)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	(void)level;
	pthread_mutex_lock(&lock);
	if (used + strlen(line) + 2 > sizeof(output)) /* keep the newest */
		used = 0;
	used += (size_t)snprintf(output + used, sizeof(output) - used, "%s\n", line);
	pthread_mutex_unlock(&lock);
}

bool pf_port_symbol(const void *ip, char *buf, size_t size)
{
	(void)ip;
	if (!host_symbol)
		return false;
	snprintf(buf, size, "%s", host_symbol);
	return true;
}

_Noreturn void pf_port_panic(const char *what)
{
	host_panic_message = what;
	if (host_panic_jump)
		longjmp(*host_panic_jump, 1);
	fprintf(stderr, "panic: %s\n", what);
	abort();
}

static char *physical_memory(void)
{
	static char *base;

	if (!base) {
		base = mmap(NULL, (size_t)HOST_PHYS_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (base == MAP_FAILED) {
			perror("host: no address space for physical memory");
			exit(2);
		}
	}
	return base;
}

/* Addresses beyond what is backed turn into pointers too; who follows one is told by the machine.
 */
void *pf_port_phys_to_virt(pf_phys phys)
{
	return (void *)((uintptr_t)physical_memory() + (uintptr_t)phys);
}

pf_phys pf_port_virt_to_phys(const void *virt)
{
	return (pf_phys)((uintptr_t)virt - (uintptr_t)physical_memory());
}

void pf_port_zero(void *virt, pf_phys size)
{
	host_zero_calls++;
	host_zero_bytes += size;
	if (pf_port_virt_to_phys(virt) < HOST_PHYS_SIZE &&
	    size <= HOST_PHYS_SIZE - pf_port_virt_to_phys(virt))
		memset(virt, 0, (size_t)size);
}

static bool lucky(void)
{
	if (host_luck == HOST_LUCKY) /* any number of threads */
		return true;
	if (host_luck > 0 || (host_unlucky_once && host_luck < 0)) {
		host_luck--;
		return true;
	}
	host_luck -= host_unlucky_once;
	host_refused++;
	return false;
}

void *host_area(size_t size)
{
	void *virt;

	if (!lucky())
		return NULL;
	virt = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		    -1, 0);
	if (virt == MAP_FAILED || nr_areas == sizeof(areas) / sizeof(areas[0])) {
		fprintf(stderr, "host: no area of %zu bytes\n", size);
		exit(2);
	}
	areas[nr_areas].virt = virt;
	areas[nr_areas++].size = size;
	return virt;
}

/* Who uses descriptors that have gone is stopped. */
static void protect(void *virt, size_t size, int how)
{
	if (mprotect(virt, size, how)) {
		perror("host: mprotect");
		exit(2);
	}
}

static int map(void *virt, pf_phys phys, size_t size, int nid)
{
	(void)nid;
	if (!lucky())
		return -PF_ENOMEM;
	protect(virt, size, PROT_READ | PROT_WRITE);
	if (phys == PF_PHYS_MAX) /* on demand, on any thread */
		return 0;
	if (nr_backings == sizeof(backings) / sizeof(backings[0])) {
		fprintf(stderr, "host: too many maps\n");
		exit(2);
	}
	backings[nr_backings++] = (struct backing){ virt, phys, size };
	return 0;
}

static pf_phys unmap(void *virt, size_t size)
{
	char *at = virt;

	__atomic_fetch_add(&host_unmapped, size, __ATOMIC_RELAXED);
	protect(virt, size, PROT_NONE);
	for (unsigned i = nr_backings; i--;) { /* what was mapped last is there */
		struct backing *b = &backings[i];

		if (at >= b->virt && at < b->virt + b->size)
			return b->phys + (pf_phys)(at - b->virt);
	}
	return PF_PHYS_MAX;
}

const struct pf_memmap_ops host_mapped = { .reserve = host_area, .map = map, .unmap = unmap };
const struct pf_memmap_ops host_on_demand = {
	.reserve = host_area, .map = map, .unmap = unmap, .on_demand = true
};

void host_set_cpu(unsigned number)
{
	host_cpu = number;
}

__attribute__((constructor)) static void first_thread(void)
{
	host_cpu = 0;
}

unsigned pf_port_cpu(void)
{
	return host_cpu;
}

bool pf_port_barrier(void)
{
	static bool registered;

	__atomic_fetch_add(&host_barriers, 1, __ATOMIC_RELAXED);
	if (host_no_barrier)
		return false;
	if (!__atomic_load_n(&registered, __ATOMIC_ACQUIRE)) {
		if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
			return false;
		__atomic_store_n(&registered, true, __ATOMIC_RELEASE);
	}
	return !syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

void pf_port_relax(void)
{
	if (host_relax)
		host_relax();
	else
		sched_yield();
}
