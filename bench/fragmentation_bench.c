/* SPDX-License-Identifier: MIT */
/*
 * How much of memory is left in large chunks, for one allocator: nine tenths of memory are
 * allocated as single pages, one in ten of them unmovable. Then random ones are freed, and as many
 * allocated, again one in ten unmovable, --rounds times the number of pages. In the end all movable
 * pages are freed, per-CPU lists are drained, and chunks of order 9 are allocated until there are
 * no more. The sequence of calls depends on the seed alone.
 *
 * Prints a line, in percent of memory: "HAD POSSIBLE", as chunks of order 9 that could be had, and
 * that could be if the unmovable pages were as close together as they can be.
 *
 * With --stay N, for each unmovable page of N there is one more, which stays for ever; with
 * --nofree it is asked for as such. Then all is freed but those, and a second line says the same of
 * them alone; "HAD" counts again what was had before.
 *
 * fragmentation_bench [--mib N] [--seed N] [--rounds N] [--burst N] [--stay N [--nofree]] [--quick]
 */
#define TYPED 1
#include "allocator/allocator.h"

static unsigned long mib = 4096;
static unsigned long rounds = 10;
static unsigned long burst = 1; /* freed before as many are allocated */
static unsigned long stay;	/* one more stays for so many unmovable ones; 0: none does */
static bool nofree;
static uint64_t seed = 1;

static unsigned long pages, n, staying;
static item *items;
static bool *movable;

static void get_staying(void)
{
	item chunk;

	if (!(nofree ? get_nofree(&chunk) : get(0, 0, false, &chunk)))
		die("no memory");
	staying++;
}

static void get_one(unsigned long i)
{
	movable[i] = below(&seed, 10) != 0;
	if (!movable[i] && stay && !below(&seed, stay))
		get_staying();
	if (!get(0, 0, movable[i], &items[i]))
		die("no memory");
}

/* Random items come first, and are freed. */
static void put_random(unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		unsigned long other = i + below(&seed, n - i);
		item chunk = items[other];
		bool type = movable[other];

		items[other] = items[i];
		movable[other] = movable[i];
		put(0, 0, type, chunk);
	}
}

static void use_memory(void)
{
	for (unsigned long i = 0; i < n; i++)
		get_one(i);
	for (unsigned long done = 0; done < rounds * pages; done += burst) {
		put_random(burst);
		for (unsigned long i = 0; i < burst; i++)
			get_one(i);
	}
}

/* Return: how many others there are. */
static unsigned long put_all(bool type)
{
	unsigned long others = 0;

	for (unsigned long i = 0; i < n; i++) {
		if (movable[i] == type)
			put(0, 0, type, items[i]);
		else
			others++;
	}
	allocator_drain();
	return others;
}

/* @had: chunks, so far; @used: pages of others */
static unsigned long take_large(unsigned long had, unsigned long used)
{
	unsigned long possible = (pages - used) / HUGE_PAGES * HUGE_PAGES;
	item chunk;

	while (get_last(0, HUGE_ORDER, &chunk))
		had++;
	printf("%.2f %.2f\n", 100.0 * (double)(had * HUGE_PAGES) / (double)pages,
	       100.0 * (double)possible / (double)pages);
	return had;
}

static void options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(argv[i], "--quick")) {
			mib = 128;
			rounds = 1;
			continue;
		} else if (!strcmp(argv[i], "--nofree")) {
			nofree = true;
			continue;
		} else if (!strcmp(argv[i], "--stay")) {
			stay = number(argv[i], value);
		} else if (!strcmp(argv[i], "--mib")) {
			mib = number(argv[i], value);
		} else if (!strcmp(argv[i], "--seed")) {
			seed = number(argv[i], value);
		} else if (!strcmp(argv[i], "--rounds")) {
			rounds = number(argv[i], value);
		} else if (!strcmp(argv[i], "--burst")) {
			burst = number(argv[i], value);
		} else {
			die("options: --mib N, --seed N, --rounds N, --burst N, --stay N, "
			    "--nofree, "
			    "--quick");
		}
		i++;
	}
	if (mib < 32 || mib > 1 << 20 || !burst || burst > 4096 || !seed)
		die("32 MiB at the least, bursts of 1 to 4096 pages, and a seed above 0");
}

int main(int argc, char **argv)
{
	unsigned long had;

	options(argc, argv);
	pages = mib * (1048576 / PAGE_BYTES);
	n = pages * 9 / 10;
	seed *= 0x9e3779b97f4a7c15ull;
	items = touched(n * sizeof(*items));
	movable = touched(n * sizeof(*movable));
	allocator_open(pages, 1);
	allocator_thread(0);
	use_memory();
	had = take_large(0, put_all(true) + staying);
	if (stay) {
		put_all(false);
		take_large(had, staying);
	}
	return 0;
}
