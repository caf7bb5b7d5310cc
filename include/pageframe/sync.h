/* SPDX-License-Identifier: MIT */
/*
 * Everything that the library does where CPUs race: atomics, locks, interrupts. Nothing in src/
 * reads shared, unlocked state in any other way.
 *
 * What is here works with gcc and clang on machines whose compiler has atomics of 8 and 32 bits
 * without a library (gcc for aarch64: -mno-outline-atomics), and does not know of interrupts. A
 * kernel that allocates or frees in interrupt handlers, or that has better locks, defines
 * PF_SYNC_HEADER, -DPF_SYNC_HEADER='"my_sync.h"', as a header with the same names and meanings.
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
#define pf_cas_acquire(p, e, v)                                                                    \
	__atomic_compare_exchange_n(p, e, v, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)

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

	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
		while (pf_load(&lock->held))
			pf_port_relax();
	return flags;
}

static inline void pf_unlock_irqrestore(struct pf_lock *lock, pf_irqflags flags)
{
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
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

/*
 * Of what belongs to one CPU: it goes in and out, all the time, and another can keep it out. All
 * zero: nobody is in.
 */
struct pf_cpu_lock {
	uint32_t inside;
	uint32_t kept_out;
};

#if !PF_CPU_BARRIER || defined(__SANITIZE_THREAD__)
#define PF_CPU_LOCK_PLAIN 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PF_CPU_LOCK_PLAIN 0
#endif
#endif
#ifndef PF_CPU_LOCK_PLAIN
#define PF_CPU_LOCK_PLAIN 1
#endif

#if PF_CPU_LOCK_PLAIN
/*
 * By the CPU it belongs to, pinned. Return: false if another keeps it out, or if this is a handler
 * that interrupted somebody inside: do without, do not wait.
 *
 * Either this CPU's store is seen by who keeps it out, or that one's by this CPU: a full barrier
 * lies between them, and the other one pays it for both (membarrier(2) has the pattern).
 */
static inline bool pf_cpu_enter(struct pf_cpu_lock *lock)
{
	if (pf_load(&lock->inside))
		return false;
	pf_store(&lock->inside, 1);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (pf_load_acquire(&lock->kept_out)) {
		pf_store(&lock->inside, 0);
		return false;
	}
	return true;
}

static inline void pf_cpu_leave(struct pf_cpu_lock *lock)
{
	pf_store_release(&lock->inside, 0);
}

/*
 * Any CPU but its own, pinned until it lets in again, with interrupts on if it waits: nobody is
 * inside when this returns, or will be until pf_cpu_let_in(). False: pf_port_barrier() cannot, or
 * there is something to wait for and @wait is false. Who interrupted somebody, or has a lock, may
 * not wait.
 */
static inline bool pf_cpu_keep_out(struct pf_cpu_lock *lock, bool wait)
{
	while (__atomic_exchange_n(&lock->kept_out, 1, __ATOMIC_ACQUIRE)) {
		if (!wait)
			return false;
		pf_port_relax();
	}
	if (pf_port_barrier()) {
		uint32_t inside;

		while ((inside = pf_load_acquire(&lock->inside)) && wait)
			pf_port_relax();
		if (!inside)
			return true;
	}
	pf_store_release(&lock->kept_out, 0);
	return false;
}

static inline void pf_cpu_let_in(struct pf_cpu_lock *lock)
{
	pf_store_release(&lock->kept_out, 0);
}

/*
 * By the CPU it belongs to, which could not enter: does another keep it out, and will let it in
 * soon? If not, this is a handler that interrupted somebody inside.
 */
static inline bool pf_cpu_is_kept_out(const struct pf_cpu_lock *lock)
{
	return !pf_load(&lock->inside);
}
#else
/* In inside. */
#define PF_CPU_KEPT_OUT 2

static inline bool pf_cpu_enter(struct pf_cpu_lock *lock)
{
	uint32_t nobody = 0;

	return !pf_load(&lock->inside) && pf_cas_acquire(&lock->inside, &nobody, 1);
}

static inline void pf_cpu_leave(struct pf_cpu_lock *lock)
{
	pf_store_release(&lock->inside, 0);
}

static inline bool pf_cpu_keep_out(struct pf_cpu_lock *lock, bool wait)
{
	uint32_t nobody = 0;

	while (!pf_cas_acquire(&lock->inside, &nobody, PF_CPU_KEPT_OUT)) {
		if (!wait)
			return false;
		pf_port_relax();
		nobody = 0;
	}
	return true;
}

static inline void pf_cpu_let_in(struct pf_cpu_lock *lock)
{
	pf_store_release(&lock->inside, 0);
}

static inline bool pf_cpu_is_kept_out(const struct pf_cpu_lock *lock)
{
	return pf_load(&lock->inside) != 1;
}
#endif

#endif
#endif
