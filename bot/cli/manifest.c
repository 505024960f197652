/* SPDX-License-Identifier: Apache-2.0 */
/* `reguard manifest CHAT`: what its app or bot account is made from. */
#include "cli/bot.h"
#include "cli/kinds.h"
#include "cli/print.h"

int cli_manifest(const char *chat)
{
    for (size_t i = 0; adapter_kinds[i]; i++)
        if (adapter_kinds[i]->manifest && str_equal(adapter_kinds[i]->venue->name, chat))
            return !print_lines(adapter_kinds[i]->manifest);
    return -1;
}
