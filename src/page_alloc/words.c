/* SPDX-License-Identifier: MIT */
/* What a page is, in words, for those who took it for something else. */
#include "internal.h"

const char *pfi_what_it_is(enum pf_state state)
{
	switch (state) {
	case PF_ABSENT:
		return "no memory";
	case PF_RESERVED:
		return "reserved since boot";
	case PF_DEFERRED:
		return "not handed over yet";
	case PF_FREE:
		return "free already";
	case PF_PER_CPU:
		return "free already, on a per-CPU list";
	case PF_ISOLATED:
		return "free already, and isolated";
	case PF_TAIL:
		return "not the first page of a chunk";
	case PF_NOFREE:
		return "a no-free page";
	case PF_POISONED:
		return "poisoned";
	case PF_NOMAP:
		return "not in the direct map";
	case PF_OFFLINE:
		return "offline";
	case PF_DEVICE:
		return "a device's";
	default:
		return "not such a chunk";
	}
}
