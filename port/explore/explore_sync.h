/* SPDX-License-Identifier: MIT */
/*
 * What sync.h says, for code that is explored: each name says its word to the explorer first.
 * -DPF_SYNC_HEADER='"explore_sync.h"'.
 *
 * Order of memory: as if all CPUs saw one. What needs release and acquire, and has none, is
 * ThreadSanitizer's to find.
 */
#ifndef PF_PORT_EXPLORE_SYNC_H
#define PF_PORT_EXPLORE_SYNC_H

#include <pageframe/port.h>

#include "explore.h"

#define XP_SITE(text)                                                                              \
	__extension__({                                                                            \
		static const struct xp_site site_ = { __FILE__, text, __LINE__ };                  \
		&site_;                                                                            \
	})

#define XP_DO(kind, p, text, how, ...)                                                             \
	__extension__({                                                                            \
		__auto_type p_ = (p);                                                              \
		xp_step(kind, p_, sizeof(*p_), XP_SITE(text));                                     \
		how(p_, __VA_ARGS__ __ATOMIC_RELAXED);                                             \
	})
/* A value may be made of other steps: they come first. */
#define XP_WITH(kind, p, v, text, how)                                                             \
	__extension__({                                                                            \
		__typeof__(*(p)) v_ = (v);                                                         \
		XP_DO(kind, p, text, how, v_, );                                                   \
	})

#define pf_load(p)		   XP_DO(XP_LOAD, p, #p, __atomic_load_n, )
#define pf_load_acquire(p)	   XP_DO(XP_LOAD, p, #p, __atomic_load_n, )
#define pf_load_seq_cst(p)	   XP_DO(XP_LOAD, p, #p, __atomic_load_n, )
#define pf_store(p, v)		   XP_WITH(XP_STORE, p, v, #p, __atomic_store_n)
#define pf_store_release(p, v)	   XP_WITH(XP_STORE, p, v, #p, __atomic_store_n)
#define pf_fetch_add(p, v)	   XP_WITH(XP_CHANGE, p, v, #p, __atomic_fetch_add)
#define pf_fetch_add_release(p, v) XP_WITH(XP_CHANGE, p, v, #p, __atomic_fetch_add)
#define pf_fetch_add_seq_cst(p, v) XP_WITH(XP_CHANGE, p, v, #p, __atomic_fetch_add)
#define pf_exchange_acquire(p, v)  XP_WITH(XP_CHANGE, p, v, #p, __atomic_exchange_n)
#define pf_cas_acquire(p, e, v)                                                                    \
	__extension__({                                                                            \
		__typeof__(*(p)) v_ = (v);                                                         \
		XP_DO(XP_CHANGE, p, #p, __atomic_compare_exchange_n, e, v_, false,                 \
		      __ATOMIC_RELAXED, );                                                         \
	})

typedef unsigned long pf_irqflags;

#define pf_irq_save()	      (xp_irq_off(XP_SITE("interrupts off")), 0ul)
#define pf_irq_restore(flags) ((void)(flags), xp_irq_on())

struct pf_lock {
	uint32_t held;
};

static inline pf_irqflags explored_lock(struct pf_lock *lock, const struct xp_site *site)
{
	xp_irq_off(site);
	xp_step(XP_LOCK, &lock->held, sizeof(lock->held), site);
	lock->held = 1;
	return 0;
}

static inline void explored_unlock(struct pf_lock *lock, const struct xp_site *site)
{
	lock->held = 0;
	xp_unlocked(&lock->held, site);
	xp_irq_on();
}

#define pf_lock_irqsave(lock)		  explored_lock(lock, XP_SITE(#lock))
#define pf_unlock_irqrestore(lock, flags) ((void)(flags), explored_unlock(lock, XP_SITE(#lock)))

/* In a loop that gives up: its rounds are steps enough. */
#define pf_pause() ((void)0)

static inline unsigned pf_pin(void)
{
	xp_pin();
	return xp_cpu();
}

static inline void pf_unpin(void)
{
	xp_unpin();
}

#include <pageframe/cpu_lock.h>

#endif
