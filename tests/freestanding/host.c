/* SPDX-License-Identifier: MIT */
/*
 * The smallest host: no libc, no start-up files, nothing but port.h and the four functions that a
 * compiler may call. It boots a machine of 4 MiB, hands it over to the page allocator, and exits
 * with 0 if all of it did what it should.
 */
#include <pageframe/boot.h>
#include <pageframe/memblock.h>
#include <pageframe/page_alloc.h>
#include <pageframe/port.h>

#define MEMORY_BASE 0x100000u
#define MEMORY_SIZE 0x400000u

static _Alignas(4096) unsigned char memory[MEMORY_SIZE];
static unsigned long lines;

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
_Noreturn void _start(void);

/* Byte by byte through volatile, lest the compiler make calls of these to themselves. */
void *memmove(void *to, const void *from, size_t size)
{
	volatile unsigned char *t = to;
	const volatile unsigned char *f = from;

	if ((uintptr_t)to < (uintptr_t)from)
		for (size_t i = 0; i < size; i++)
			t[i] = f[i];
	else
		while (size--)
			t[size] = f[size];
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	return memmove(to, from, size);
}

void *memset(void *to, int byte, size_t size)
{
	volatile unsigned char *t = to;

	while (size--)
		t[size] = (unsigned char)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;

	for (size_t i = 0; i < size; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

static long system_call(long number, long a, long b, long c)
{
	long result;

#ifdef __x86_64__
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
#else
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c)
			 : "memory");
#endif
	return result;
}

#ifdef __x86_64__
enum { SYS_WRITE = 1, SYS_EXIT = 60 };
#else
enum { SYS_WRITE = 4, SYS_EXIT = 1 };
#endif

static void put(const char *s)
{
	long len = 0;

	while (s[len])
		len++;
	system_call(SYS_WRITE, 1, (long)s, len);
}

static _Noreturn void leave(int status)
{
	for (;;)
		system_call(SYS_EXIT, status, 0, 0);
}

void pf_port_print(enum pf_level level, const char *line)
{
	(void)level;
	lines++;
	put(line);
	put("\n");
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
	put(what);
	leave(3);
}

void *pf_port_phys_to_virt(pf_phys phys)
{
	return memory + (uintptr_t)(phys - MEMORY_BASE);
}

pf_phys pf_port_virt_to_phys(const void *virt)
{
	return (pf_phys)((uintptr_t)virt - (uintptr_t)memory) + MEMORY_BASE;
}

void pf_port_zero(void *virt, pf_phys size)
{
	memset(virt, 0, (size_t)size);
}

static void expect(bool ok, const char *what)
{
	if (ok)
		return;
	put("failed: ");
	put(what);
	put("\n");
	leave(1);
}

static void memblock_works(void)
{
	unsigned char *block;

	memblock_allow_resize();
	expect(!memblock_add(MEMORY_BASE, MEMORY_SIZE), "memory is added");
	expect(!memblock_reserve(MEMORY_BASE, 0x4000), "the kernel is reserved");
	for (pf_phys i = 0; i < 200; i++) /* more than the initial array has room for */
		expect(!memblock_reserve(0x200000 + i * 0x2000, 0x1000), "a page is reserved");
	expect(memblock.reserved.max > INIT_MEMBLOCK_RESERVED_REGIONS, "the array has doubled");
	expect(memblock_is_reserved(0x200000 + 199 * 0x2000), "the last page is there");
	block = memblock_alloc(10000, 16);
	expect(block && !block[0] && !block[9999], "a block is allocated and zero");
	expect(memblock_is_region_reserved(pf_port_virt_to_phys(block), 10000), "and reserved");
	memblock_free(block, 10000);
	expect(!memblock_is_reserved(pf_port_virt_to_phys(block)), "and free again");
	memblock_debug = true;
	memblock_dump_all();
	expect(lines > memblock.reserved.cnt, "the dump has a line for each region");
}

static enum pf_state state_at(const struct pf_mem *mem, pf_phys addr)
{
	return pf_info_state(pf_page_info(mem, PF_PFN_DOWN(addr)));
}

static void hand_over(struct pf_mem *mem)
{
	struct pf_boot_config config = { .pages_at_once = 1 };
	pf_phys array = pf_port_virt_to_phys(memblock.reserved.regions);
	unsigned long pages;
	char why[200];

	expect(!pf_boot(mem, &config), "there is room for zones and the memory map");
	pages = memblock_free_all(mem);
	expect(pages > 400 && pages < 1024 - 200, "free pages are handed over");
	expect(state_at(mem, 0x200000) == PF_RESERVED, "what is reserved is not");
	pf_release_deferred(mem, 0, ~0ul);
	expect(!memblock_free_late(0x200000, 0x1000), "a page is given back late");
	expect(state_at(mem, 0x200000) == PF_FREE, "and free");
	memblock_debug = false;
	lines = 0;
	expect(memblock_free_late(0x200000, 0x1000) == -PF_EINVAL && lines == 1,
	       "once more is refused, with a message");
	expect(pf_verify(mem, why, sizeof(why)), "all counts are right");
	expect(pf_init_descriptors(mem, ~0ul) + pf_described_blocks(mem) > 0,
	       "descriptors are written");
	memblock_discard();
	expect((state_at(mem, array) == PF_FREE) == !PF_KEEP_MEMBLOCK,
	       "the doubled array is free memory, unless it is kept");
	expect(pf_verify(mem, why, sizeof(why)), "and all counts are right");
}

static void allocate(struct pf_mem *mem)
{
	pf_pfn page = pf_alloc_pages(mem, 0, PF_GFP_MOVABLE | PF_GFP_ZERO), few;
	char why[200];

	expect(page != PF_NO_PFN, "a page is allocated");
	few = pf_alloc_pages_exact(mem, 3, PF_GFP_UNMOVABLE);
	expect(few != PF_NO_PFN, "and three");
#if PF_CHECK_FREE
	lines = 0;
	pf_free_pages(mem, page, 1);
	expect(lines == 1, "freed with another order, it stays, and that is said");
#endif
	pf_free_pages(mem, page, 0);
	pf_free_pages_exact(mem, few, 3);
	expect(pf_drain_all(mem) && pf_verify(mem, why, sizeof(why)), "all pages are back");
}

static void boot(void)
{
	static struct pf_mem mem;

	memblock_works();
	hand_over(&mem);
	allocate(&mem);
}

_Noreturn void _start(void)
{
#ifdef __x86_64__
	__asm__ volatile("andq $-16, %rsp");
#else
	__asm__ volatile("andl $-16, %esp");
#endif
	boot();
	put("booted\n");
	leave(0);
}

void pf_port_relax(void)
{
}

unsigned pf_port_cpu(void)
{
	return 0;
}

bool pf_port_barrier(void)
{
	return true;
}
