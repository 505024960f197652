/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of rules share: what came of a decision. */
#ifndef REGUARD_TESTS_UNIT_DESK_H
#define REGUARD_TESTS_UNIT_DESK_H

#include "core/verdict.h"

#include <stddef.h>

/* The first fact of that kind; NULL: there is none. */
static inline const struct fact *unit_fact(const struct verdict *v, enum fact_kind kind)
{
    for (size_t i = 0; i < v->fact_count; i++)
        if (v->facts[i].kind == kind)
            return &v->facts[i];
    return NULL;
}

#endif
