#include "core/action.h"

#include <string.h>

static const struct action_row rows[ACTION_COUNT] = {
    [ACTION_APPROVE] = { .name = "approve",
                         .verb = "approve",
                         .label = "Approve…",
                         .style = BUTTON_PRIMARY,
                         .typed = "approve G-0001",
                         .lowers = true },
    [ACTION_DECLINE] = { .name = "decline",
                         .verb = "decline",
                         .label = "Decline…",
                         .style = BUTTON_DANGER,
                         .typed = "decline G-0001 because …",
                         .title = "Decline",
                         .submit = "Decline",
                         .fields = FORM_REASON },
    [ACTION_MAILBOX] = { .name = "mailbox",
                         .verb = "confirm",
                         .label = "I can read that mailbox",
                         .typed = "confirm G-0001" },
    [ACTION_CODE] = { .verb = "code", .typed = "code G-0001 123456" },
    [ACTION_WITHDRAW] = { .name = "withdraw",
                          .verb = "withdraw",
                          .label = "Withdraw",
                          .typed = "withdraw G-0001" },
    [ACTION_DONE] = { .name = "done",
                      .verb = "done",
                      .label = "I'm done, restore",
                      .style = BUTTON_PRIMARY,
                      .typed = "done G-0001" },
    [ACTION_RESTORE] = { .name = "restore",
                         .verb = "done",
                         .label = "Restore now",
                         .style = BUTTON_PRIMARY,
                         .typed = "done G-0001" },
    [ACTION_EXTEND] = { .name = "extend",
                        .verb = "extend",
                        .label = "Extend…",
                        .typed = "extend G-0001 30m because …",
                        .lowers = true,
                        .title = "More time",
                        .submit = "Ask",
                        .fields = FORM_DURATION | FORM_REASON },
    [ACTION_SNOOZE] = { .name = "snooze",
                        .verb = "snooze",
                        .label = "Snooze 10 min",
                        .typed = "snooze G-0001 10m",
                        .lowers = true,
                        .for_ms = 10 * MS_MINUTE },
    [ACTION_PUT_BACK] = { .name = "put_back",
                          .verb = "put-back",
                          .label = "Put it back",
                          .style = BUTTON_PRIMARY,
                          .typed = "put-back" },
    [ACTION_ADOPT] = { .name = "adopt",
                       .verb = "adopt",
                       .label = "Adopt…",
                       .typed = "adopt ACCOUNT because …",
                       .lowers = true,
                       .title = "Adopt as a case",
                       .submit = "Ask",
                       .fields = FORM_ACCOUNT | FORM_DURATION | FORM_REASON },
    [ACTION_CLEANED] = { .name = "cleaned",
                         .verb = "cleaned",
                         .label = "All cleaned up",
                         .style = BUTTON_PRIMARY,
                         .typed = "cleaned G-0001 yes",
                         .yes = true },
    [ACTION_NOT_CLEANED] = { .name = "not_cleaned",
                             .verb = "cleaned",
                             .label = "Not cleaned up",
                             .typed = "cleaned G-0001 no" },
    [ACTION_LIFT] = { .verb = "lift",
                      .typed = "lift ACCOUNT because …",
                      .lowers = true,
                      .title = "Lift the guardrail",
                      .submit = "Ask",
                      .fields = FORM_ACCOUNT | FORM_DURATION | FORM_TASK | FORM_TICKET |
                                FORM_REASON },
};

const struct action_row *action_row(enum action action) { return &rows[action]; }

enum action action_named(const char *name)
{
    enum action action = 0;
    while (action < ACTION_COUNT && !(rows[action].name && str_equal(rows[action].name, name)))
        action++;
    return action;
}

const struct action_row *action_form(const char *name)
{
    for (size_t i = 0; i < ACTION_COUNT; i++)
        if (rows[i].fields && str_equal(rows[i].verb, name))
            return &rows[i];
    return NULL;
}

enum action action_of_reaction(const struct policy *policy, const char *reaction)
{
    return str_equal(reaction, policy->approve_reaction)   ? ACTION_APPROVE
           : str_equal(reaction, policy->decline_reaction) ? ACTION_DECLINE
                                                           : ACTION_NONE;
}

void action_add_typed(struct buf *b, enum action action, const char *case_id)
{
    static const char any_case[] = "G-0001";
    const char *typed = rows[action].typed, *at = strstr(typed, any_case);
    size_t before = at ? (size_t)(at - typed) : strlen(typed);
    buf_add_bytes(b, typed, before);
    if (at)
        buf_addf(b, "%s%s", case_id, at + strlen(any_case));
}
