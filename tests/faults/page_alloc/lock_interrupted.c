/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/page_alloc/pcp.c: a zone's lock is taken with interrupts on, for lists of a
 * CPU are nobody else's. Their CPU's handlers find them entered, and go to the zone instead: to a
 * lock that is held by who they interrupt. What lockdep was made for: "inconsistent lock state".
 * Ours: in the allocator itself.
 */
#include "../../../src/page_alloc/pcp.h"

static inline pf_irqflags lock_only(struct pf_lock *lock)
{
	pf_irqflags flags = pf_lock_irqsave(lock);

	pf_irq_restore(flags);
	return flags;
}

static inline void unlock_only(struct pf_lock *lock, pf_irqflags flags)
{
	(void)flags;
	flags = pf_irq_save();
	pf_unlock_irqrestore(lock, flags);
}

#undef pf_lock_irqsave
#undef pf_unlock_irqrestore
#define pf_lock_irqsave	     lock_only
#define pf_unlock_irqrestore unlock_only
#include "../../../src/page_alloc/pcp.c"
