/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/alarm/settings.h"
#include "core/route.h"

static const char *mail_advice(const char *value, const struct policy *policy)
{
    (void)policy;
    return route_advice(value);
}

#define RULE(member) SETTING_RULE, SETTING_AT(policy, member)
/* clang-format off */
static const struct setting rows[] = {
    { "mail", SETTING_TEXT, RULE(alarm_mail), "", 0, 0, NULL, mail_advice },
    { "command", SETTING_TEXT, RULE(alarm_command), "", 0, 0, NULL, NULL },
};
/* clang-format on */

const struct setting_section alarm_section = {
    .name = "alarm",
    .rows = rows,
    .count = COUNT(rows),
};
