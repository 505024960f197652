/* SPDX-License-Identifier: Apache-2.0 */
#include "core/venue.h"

struct venue venue_named(const struct venues *venues, const char *name)
{
    for (size_t i = 0; i < venues->count; i++)
        if (str_equal(venues->rows[i].name, name))
            return venues->rows[i];
    return (struct venue){ .name = name, .title = name, .place = name };
}
