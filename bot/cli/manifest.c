/* SPDX-License-Identifier: Apache-2.0 */
/* `reguard manifest NAME`: what is set up for reguard elsewhere, to be given to whoever does it. */
#include "cli/bot.h"
#include "cli/kinds.h"
#include "cli/print.h"

int cli_manifest(const char *name)
{
    for (size_t i = 0; adapter_kinds[i]; i++)
        for (const struct adapter_manifest *m = adapter_kinds[i]->manifests; m && m->name; m++)
            if (str_equal(m->name, name))
                return !print_lines(m->text);
    return -1;
}
