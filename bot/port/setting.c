/* SPDX-License-Identifier: Apache-2.0 */
#include "port/setting.h"

const struct setting_choice setting_yes_no[] = { { "no", 0 }, { "yes", 1 }, { 0 } };

const struct setting *setting_named(const struct setting_section *section, const char *key)
{
    for (size_t i = 0; key && i < section->count; i++)
        if (str_equal(section->rows[i].key, key))
            return &section->rows[i];
    return NULL;
}

const char *setting_text(const struct setting_section *section, const void *own, const char *key)
{
    const struct setting *row = setting_named(section, key);
    return row && row->home == SETTING_OWN ? (const char *)own + row->offset : "";
}
