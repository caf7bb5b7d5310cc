/* SPDX-License-Identifier: MIT */
/*
 * Everything that a host provides. Implement these, and the library runs.
 *
 * Besides, a C compiler may call memcpy(), memmove(), memset() and memcmp() by itself, in
 * freestanding code too (GCC manual, "Standards"); every kernel has them, and the library uses the
 * host's.
 *
 * No function here may call back into the library, but for reading.
 */
#ifndef PAGEFRAME_PORT_H
#define PAGEFRAME_PORT_H

#include <pageframe/types.h>

/* How much a message matters; a host without a console drops what it likes. */
enum pf_level {
	PF_ERR,	  /* something was refused or lost */
	PF_WARN,  /* it went on, but not as asked */
	PF_INFO,  /* a dump that somebody asked for */
	PF_DEBUG, /* memblock=debug */
};

/**
 * pf_port_print() - show one line of text
 * @level: how much it matters
 * @line: the text, NUL-terminated, without a newline
 *
 * Called early, before there is an allocator, an interrupt or a second CPU; and once memory is
 * handed over by whoever makes a mistake, on any CPU, in any context, several at a time.
 *
 *	void pf_port_print(enum pf_level level, const char *line)
 *	{
 *		uart_puts(line);
 *		uart_puts("\r\n");
 *	}
 */
void pf_port_print(enum pf_level level, const char *line);

/**
 * pf_port_symbol() - name a code address for a debug message
 * @ip: an address inside a function
 * @buf: where the name goes, as "function+0x1c/0x40"
 * @size: bytes in @buf
 *
 * Return: true if @buf holds a NUL-terminated name; false to have the bare address printed.
 *
 *	bool pf_port_symbol(const void *ip, char *buf, size_t size)
 *	{
 *		return false;
 *	}
 */
bool pf_port_symbol(const void *ip, char *buf, size_t size);

/**
 * pf_port_panic() - stop: an invariant of the library is broken
 * @what: which one
 *
 * Never called for a caller's mistake or for firmware's nonsense; those get a status code.
 *
 *	_Noreturn void pf_port_panic(const char *what)
 *	{
 *		uart_puts(what);
 *		for (;;)
 *			cpu_halt();
 *	}
 */
_Noreturn void pf_port_panic(const char *what);

/**
 * pf_port_phys_to_virt() - the address at which the CPU reaches physical memory
 * @phys: a physical address inside memory, in bytes
 *
 * Called for each block that memblock_alloc() and its kin hand out, for a region array that moves
 *to early memory, and for pages that are allocated with PF_GFP_ZERO. What memblock may allocate
 *(see memblock_set_current_limit()) must be mapped.
 *
 *	void *pf_port_phys_to_virt(pf_phys phys)
 *	{
 *		return (void *)(DIRECT_MAP_BASE + phys);
 *	}
 */
void *pf_port_phys_to_virt(pf_phys phys);

/**
 * pf_port_virt_to_phys() - the inverse, for memory that came from pf_port_phys_to_virt()
 * @virt: an address inside the direct map
 *
 *	pf_phys pf_port_virt_to_phys(const void *virt)
 *	{
 *		return (pf_phys)((uintptr_t)virt - DIRECT_MAP_BASE);
 *	}
 */
pf_phys pf_port_virt_to_phys(const void *virt);

/**
 * pf_port_zero() - clear a block of memory that was just allocated
 * @virt: as pf_port_phys_to_virt() gave it
 * @size: bytes
 *
 * A host that has a faster way for large blocks uses it; a simulator whose memory does not exist
 * does nothing.
 *
 *	void pf_port_zero(void *virt, pf_phys size)
 *	{
 *		memset(virt, 0, size);
 *	}
 */
void pf_port_zero(void *virt, pf_phys size);

/**
 * pf_port_relax() - another CPU holds what this one waits for
 *
 * Called in the loop that waits, from any context that the library is called from.
 *
 *	void pf_port_relax(void)
 *	{
 *		__asm__ volatile("pause");
 *	}
 */
void pf_port_relax(void);

/**
 * pf_port_cpu() - the CPU that calls
 *
 * Two that run at the same time never have the same number. A host whose threads may move to
 * another CPU in the middle of a call replaces pf_pin() (sync.h). In a process, give each thread a
 * number. From pf_boot_config.nr_cpus up: it has no lists of its own, and takes the zone's lock.
 *
 *	unsigned pf_port_cpu(void)
 *	{
 *		return this_cpu_read(cpu_number);
 *	}
 */
unsigned pf_port_cpu(void);

/**
 * pf_port_barrier() - every CPU passes a full memory barrier before this returns
 *
 * By an interrupt to all of them, or membarrier() in a process. Not called with PF_CPU_BARRIER=0.
 *
 * Return: false if that is not possible here, as with interrupts off; nothing is waited for then.
 *
 *	bool pf_port_barrier(void)
 *	{
 *		if (irqs_disabled())
 *			return false;
 *		ipi_all_and_wait(full_barrier);
 *		return true;
 *	}
 */
bool pf_port_barrier(void);

#endif
