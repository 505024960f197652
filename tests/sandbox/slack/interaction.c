/* SPDX-License-Identifier: Apache-2.0 */
/* What is the same in every interaction payload. */
#include "tests/sandbox/slack/interaction.h"
#include "tests/sandbox/slack/hook.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "user" of an interaction; new reference. */
static json_t *acting_user(const struct slackd_person *p)
{
    const char *home = sandbox_text(p->user, "team_id");
    return json_pack("{s:s, s:s, s:s, s:s}", "id", p->id, "username", p->name, "name", p->name,
                     "team_id", *home ? home : p->team);
}

json_t *slackd_interaction(struct slackd *s, const char *type, struct slackd_person *p,
                           char trigger[80])
{
    slackd_trigger_new(s, p, trigger);
    return json_pack("{s:s, s:o, s:{s:s, s:s}, s:n, s:b, s:s, s:s, s:s}", "type", type, "user",
                     acting_user(p), "team", "id", SLACKD_TEAM, "domain", "sandbox", "enterprise",
                     "is_enterprise_install", 0, "api_app_id", SLACKD_APP, "token",
                     "ZZZZZZWSxiZZZ2yIvs3peJ", "trigger_id", trigger);
}
