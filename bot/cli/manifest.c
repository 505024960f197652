/* SPDX-License-Identifier: Apache-2.0 */
/* `reguard manifest CHAT`: what its app or bot account is made from. */
#include "cli/bot.h"
#include "cli/kinds.h"
#include "cli/print.h"

int cli_manifest(const char *chat)
{
    for (size_t i = 0; adapter_kinds[i]; i++) {
        const struct adapter_kind *kind = adapter_kinds[i];
        if (kind->manifest && str_equal(kind->venue->name, chat))
            return !print_lines(kind->manifest);
        if (kind->more_name && str_equal(kind->more_name, chat))
            return !print_lines(kind->more_manifest);
    }
    return -1;
}
