/* SPDX-License-Identifier: MIT */
/*
 * Random operations, against the model of tests/property/memblock_model.c. A difference is printed
 * with its seed and the shortest list of operations that leads to it.
 */
#include "common.h"

int memblock_model_run(uint64_t seed, uint64_t ops, bool tap);

static void agrees_with_its_model(void)
{
	int families_that_differ =
		memblock_model_run(check_options.seed, check_options.iterations, false);

	EXPECT_EQ(families_that_differ, 0);
}

static const struct check_case cases[] = {
	CASE(memblock, agrees_with_its_model),
};

const struct check_group random_group = GROUP("random", cases);
