/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the configuration's rooms only: every section of the file as one list of rows, whoever
   they belong to. */
#ifndef REGUARD_CONFIG_ROWS_H
#define REGUARD_CONFIG_ROWS_H

#include "config/settings.h"

/* Of all sections together. */
enum { CONFIG_ROWS = 160 };

struct config_row {
    const struct setting_section *section;
    const struct setting *setting;
    const struct adapter_kind *kind; /* NULL: [bot] and [policy] */
    size_t kind_no;
};

/* False behind the last one; they stand in the order of the file's sections. */
bool config_row_at(const struct adapter_kind *const *kinds, size_t n, struct config_row *ret);
/* Its number, or CONFIG_ROWS for a key that nobody has. */
size_t config_row_named(const struct adapter_kind *const *kinds, const char *section,
                        const char *key);
/* Where its value is. */
const void *config_value(const struct config *, const struct config_row *);
void *config_value_to_set(struct config *, const struct config_row *);
/* The names of the sections, one after the other; NULL behind the last one. */
const char *config_section_name(const struct adapter_kind *const *kinds, size_t n);

#endif
