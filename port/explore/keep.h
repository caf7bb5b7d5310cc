/* SPDX-License-Identifier: MIT */
/* Memory that every execution begins with: what a scenario's setup() has named with xp_keep(). */
#ifndef EXPLORE_KEEP_H
#define EXPLORE_KEEP_H

#include <stdbool.h>

void keep_nothing(void);
/* As it is now. False: there is no memory for the copies. */
bool keep_copies(void);
void keep_restore(void);

#endif
