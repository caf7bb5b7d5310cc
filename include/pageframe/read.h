/* SPDX-License-Identifier: MIT */
/*
 * Read-side sections: who looks at memory that may go away says so, and who takes it away waits. A
 * host with something better, RCU, defines PF_READ_HEADER, -DPF_READ_HEADER='"my_read.h"', as a
 * header with the same names and meanings; port/posix/read_urcu.h is one, over liburcu.
 */
#ifndef PAGEFRAME_READ_H
#define PAGEFRAME_READ_H

#include <pageframe/sync.h>

/* Of one machine. All zero: nobody reads. */
struct pf_readers {
	uint32_t turn;
	char apart[PF_SMP_CACHE_BYTES - 4];
	uint32_t inside[2]; /* who entered in which turn */
};

#ifdef PF_READ_HEADER
#include PF_READ_HEADER
#else

/* ThreadSanitizer does not know fences, and runs where atomics in one order are enough. */
#ifdef __SANITIZE_THREAD__
#define PF_READ_FENCE 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PF_READ_FENCE 0
#endif
#endif
#ifndef PF_READ_FENCE
#define PF_READ_FENCE 1
#endif

static inline void pf_read_fence(void)
{
#if PF_READ_FENCE
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/*
 * From here on what is found to be online, or a device's, stays until pf_read_unlock() gets what
 * this returned. They nest. Context: any CPU; what lies between may not call what waits for
 * readers, which hotplug.h and device.h say.
 *
 * A reader counts itself in one of two turns. Who waits makes the other one current, waits until
 * nobody is left in the first, and does the same once more: for a reader may read the turn, be
 * delayed, and count itself in one that has become old. Between a reader's count and what it loads
 * then is a full fence, and one between what was written and the look at the count: a reader that
 * is not seen in the count sees what was written before the wait. (The idea is that of SRCU; P.
 * McKenney, "Sleepable RCU", 2006.)
 */
static inline unsigned pf_read_lock(struct pf_readers *r)
{
	unsigned turn = pf_load_seq_cst(&r->turn) & 1;

	pf_fetch_add_seq_cst(&r->inside[turn], 1);
	pf_read_fence();
	return turn;
}

static inline void pf_read_unlock(struct pf_readers *r, unsigned turn)
{
	pf_fetch_add_seq_cst(&r->inside[turn], -1u);
}

/*
 * Wait until all who read when this was called have left. By one at a time, with no lock held, and
 * not by a reader.
 */
static inline void pf_synchronize(struct pf_readers *r)
{
	pf_read_fence();
	for (int i = 0; i < 2; i++) {
		uint32_t turn = pf_fetch_add_seq_cst(&r->turn, 1) & 1;

		while (pf_load_seq_cst(&r->inside[turn]))
			pf_port_relax();
	}
}

#endif
#endif
