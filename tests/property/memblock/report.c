/* SPDX-License-Identifier: MIT */
/* A difference: the shortest way there, and what both say. */
#include "memblock.h"

/* Leave out whatever the difference does not need: large pieces first, then one at a time. */
static unsigned int shrink(struct op *ops, unsigned int n)
{
	struct op *rest = malloc((n + 1) * sizeof(*rest));
	unsigned int length = n, at, failed;
	bool shorter = false;
	time_t stop = time(NULL) + ROUND_SECONDS;

	while (rest && time(NULL) < stop && (length > 1 || shorter)) {
		shorter = false;
		length = length > 1 ? (length + 1) / 2 : 1;
		for (at = 0; at < n;) {
			unsigned int cut = length < n - at ? length : n - at;

			memcpy(rest, ops, at * sizeof(*rest));
			memcpy(rest + at, ops + at + cut, (n - at - cut) * sizeof(*rest));
			failed = play(rest, n - cut);
			if (failed == n - cut) {
				at += cut;
				continue;
			}
			n = failed + 1;
			memcpy(ops, rest, n * sizeof(*ops));
			shorter = true;
		}
	}
	free(rest);
	return n;
}

static void print_arrays(void)
{
	struct memblock_region *r;

	for (int t = 0; t < TYPES; t++) {
		struct span run = { 0, 0 };

		printf("# seen %s: total_size 0x%llx\n", real[t]->name, HEX(real[t]->total_size));
		for (r = real[t]->regions; r < real[t]->regions + real[t]->cnt; r++)
			printf("#   [0x%llx-0x%llx) nid %d flags 0x%x\n", HEX(r->base),
			       HEX(r->base + r->size), memblock_get_region_node(r),
			       (unsigned int)r->flags);
		printf("# the model's: total_size 0x%llx\n", HEX(model.total[t]));
		for (; run.a < space.n; run.a = run.b) {
			cell_t cell = model.cell[t][run.a];

			run = run_at(model.cell[t], run.a);
			if (cell)
				printf("#   [0x%llx-0x%llx) nid %d flags 0x%x\n", HEX(edge(run.a)),
				       HEX(edge(run.b)), CELL_NID(cell), CELL_FLAGS(cell));
		}
	}
}

void print_where(const struct op *op)
{
	printf("# seed %llu, %s, round %u, operation %u:\n#   ", HEX(now.seed), now.family->name,
	       now.round, now.op);
	print_op(stdout, op);
}

void report(struct op *ops, unsigned int failed)
{
	unsigned int n = failed + 1;

	print_where(&ops[failed]);
	printf("# %s\n", why);
	fflush(stdout);
	n = shrink(ops, n);
	failed = play(ops, n);
	printf("# The shortest way there: %s\n", failed < n ? why : "it does not come again");
	printf("\thost_reset();\n");
	if (space.resize)
		printf("\tmemblock_allow_resize();\n");
	for (unsigned int i = 0; i < n; i++) {
		putchar('\t');
		print_op(stdout, &ops[i]);
	}
	print_arrays();
}
