/* SPDX-License-Identifier: MIT */
/* All that a replayed boot has to say, in one JSON document; docs/json.md describes it. */
#ifndef SIM_REPORT_JSON_H
#define SIM_REPORT_JSON_H

#include "report.h"

void report_json(FILE *to, const struct booted *s);

#endif
