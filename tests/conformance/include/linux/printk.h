/* SPDX-License-Identifier: MIT */
/* The tests include this for what it brings along. */
#ifndef CONFORMANCE_LINUX_PRINTK_H
#define CONFORMANCE_LINUX_PRINTK_H

#include <stdio.h>

#endif
