/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_LINUX_BUILD_BUG_H
#define CONFORMANCE_LINUX_BUILD_BUG_H

#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)

#endif
