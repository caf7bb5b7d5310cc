/* SPDX-License-Identifier: MIT */
/* The tests include this, and use nothing of it. */
