/* SPDX-License-Identifier: Apache-2.0 */
#include "core/refusal.h"
#include "core/command.h"
#include "core/desk.h"
#include "core/doubt.h"
#include "core/outage.h"
#include "core/quota.h"
#include "core/twin.h"

const char *refusal_of(const struct desk *desk, const struct command *command, const char *chat,
                       const char *key, struct verdict *v)
{
    const char *why = doubt_refusal(desk, command, v);
    if (!why && (command->gates & GATE_LOWERS) && twin_bars(desk))
        why = twin_refusal(desk, chat, v);
    if (!why)
        why = outage_refusal(desk, command, chat, v);
    if (!why && key)
        why = quota_refusal(desk, command, key, v);
    return why;
}
