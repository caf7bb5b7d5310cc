/* SPDX-License-Identifier: MIT */
/*
 * A lock for one CPU's own data, made of what sync.h has. It has two forms: one that costs its CPU
 * no atomic instruction, and one for hosts without pf_port_barrier() and for ThreadSanitizer, which
 * does not know fences.
 */
#ifndef PAGEFRAME_CPU_LOCK_H
#define PAGEFRAME_CPU_LOCK_H

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
	while (pf_exchange_acquire(&lock->kept_out, 1)) {
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
