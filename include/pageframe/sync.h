/* SPDX-License-Identifier: MIT */
/*
 * Everything that the library does where CPUs race: atomics, locks, interrupts. Nothing in src/
 * reads shared, unlocked state in any other way.
 *
 * What is here works with gcc and clang on machines whose compiler has atomics of 8 and 32 bits
 * without a library (gcc for aarch64: -mno-outline-atomics), and does not know of interrupts. A
 * kernel that allocates or frees in interrupt handlers, or that has better locks, defines
 * PF_SYNC_HEADER, -DPF_SYNC_HEADER='"my_sync.h"', as a header with the same names and meanings;
 * it may include cpu_lock.h, which is made of the others.
 */
#ifndef PAGEFRAME_SYNC_H
#define PAGEFRAME_SYNC_H

#ifdef PF_SYNC_HEADER
#include PF_SYNC_HEADER
#else

#include <pageframe/port.h>

/*
 * Of any integer or pointer type, naturally aligned. Without a suffix: atomic, and no order is
 * implied.
 */
#define pf_load(p)		   __atomic_load_n(p, __ATOMIC_RELAXED)
#define pf_load_acquire(p)	   __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define pf_store(p, v)		   __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define pf_store_release(p, v)	   __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define pf_fetch_add(p, v)	   __atomic_fetch_add(p, v, __ATOMIC_RELAXED)
#define pf_fetch_add_release(p, v) __atomic_fetch_add(p, v, __ATOMIC_RELEASE)
#define pf_exchange_acquire(p, v)  __atomic_exchange_n(p, v, __ATOMIC_ACQUIRE)
#define pf_cas_acquire(p, e, v)                                                                    \
	__atomic_compare_exchange_n(p, e, v, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)
/* In one order with each other, for all CPUs. */
#define pf_load_seq_cst(p)	   __atomic_load_n(p, __ATOMIC_SEQ_CST)
#define pf_fetch_add_seq_cst(p, v) __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST)

/* What pf_irq_save() needs to know to undo itself. */
typedef unsigned long pf_irqflags;

/* No interrupt handler runs on this CPU, and no other thread, until pf_irq_restore(). They nest. */
static inline pf_irqflags pf_irq_save(void)
{
	return 0;
}

static inline void pf_irq_restore(pf_irqflags flags)
{
	(void)flags;
}

/* Held for short times, with interrupts off. All zero: free. */
struct pf_lock {
	uint32_t held;
};

static inline pf_irqflags pf_lock_irqsave(struct pf_lock *lock)
{
	pf_irqflags flags = pf_irq_save();

	while (pf_exchange_acquire(&lock->held, 1))
		while (pf_load(&lock->held))
			pf_port_relax();
	return flags;
}

static inline void pf_unlock_irqrestore(struct pf_lock *lock, pf_irqflags flags)
{
	pf_store_release(&lock->held, 0);
	pf_irq_restore(flags);
}

/*
 * The calling CPU's number, which it keeps until pf_unpin(): no thread moves meanwhile. In a
 * process it can be a thread-local variable, named with -DPF_CPU_TLS=NAME: the hottest paths call
 * nothing then.
 */
#ifdef PF_CPU_TLS
extern _Thread_local unsigned PF_CPU_TLS;
static inline unsigned pf_pin(void)
{
	return PF_CPU_TLS;
}
#else
static inline unsigned pf_pin(void)
{
	return pf_port_cpu();
}
#endif

static inline void pf_unpin(void)
{
}

#include <pageframe/cpu_lock.h>

#endif
#endif
