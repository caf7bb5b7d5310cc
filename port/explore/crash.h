/* SPDX-License-Identifier: MIT */
/* Code with faults reads what is not there, or loops: that fails the execution, not the explorer.
 */
#ifndef EXPLORE_CRASH_H
#define EXPLORE_CRASH_H

#include <stdbool.h>

void crash_guard(bool on);

#endif
