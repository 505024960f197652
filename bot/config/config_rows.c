/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_rows.h"

#include <stddef.h>

static const struct setting_choice levels[] = { { "error", LOG_ERROR },
                                                { "warn", LOG_WARN },
                                                { "info", LOG_INFO },
                                                { "debug", LOG_DEBUG },
                                                { 0 } };
static const struct setting_choice formats[] = { { "text", LOG_TEXT },
                                                 { "json", LOG_JSON },
                                                 { 0 } };
static const struct setting_choice ownerships[] = { { "direct", OWNERSHIP_DIRECT },
                                                    { "resold", OWNERSHIP_RESOLD },
                                                    { 0 } };
static const struct setting_choice proofs[] = {
    { "off", MAILBOX_OFF }, { "confirm", MAILBOX_CONFIRM }, { "code", MAILBOX_CODE }, { 0 }
};
static const struct setting_choice dead_men[] = {
    { "off", DEAD_MAN_OFF }, { "wanted", DEAD_MAN_WANTED }, { "required", DEAD_MAN_REQUIRED }, { 0 }
};
static const struct setting_choice ends[] = { { "remind", DEADLINE_REMIND },
                                              { "restore", DEADLINE_RESTORE },
                                              { 0 } };
static const struct setting_choice foreign_roots[] = { { "alarm", FOREIGN_ROOT_ALARM },
                                                       { "restore", FOREIGN_ROOT_RESTORE },
                                                       { 0 } };
static const struct setting_choice ways[] = { { "reaction", APPROVE_BY_REACTION },
                                              { "button", APPROVE_BY_BUTTON },
                                              { "command", APPROVE_BY_COMMAND },
                                              { 0 } };

#define OWN(member) \
    SETTING_OWN, offsetof(struct config, bot.member), sizeof(((struct config *)0)->bot.member)
#define SHARED(member) \
    SETTING_OWN, offsetof(struct config, store.member), sizeof(((struct config *)0)->store.member)
#define RULE(member) SETTING_RULE, SETTING_AT(policy, member)
/* clang-format off */
static const struct setting bot_rows[] = {
    { "state_dir", SETTING_TEXT, OWN(state_dir), "/var/lib/reguard", 1, 0, NULL, NULL },
    { "listen", SETTING_TEXT, OWN(listen), "127.0.0.1:9464", 0, 0, NULL, NULL },
    { "log_level", SETTING_CHOICE, OWN(log_level), "info", 0, 0, levels, NULL },
    { "log_format", SETTING_CHOICE, OWN(log_format), "text", 0, 0, formats, NULL },
    { "timezone", SETTING_TEXT, OWN(timezone), "UTC", 1, 0, NULL, NULL },
};
static const struct setting store_rows[] = {
    { "url", SETTING_TEXT, SHARED(url), "", 0, 0, NULL, NULL },
    { "password_file", SETTING_SECRET, SHARED(password_file), "", 0, 0, NULL, NULL },
};
static const struct setting policy_rows[] = {
    { "admin_roles", SETTING_WORDS, RULE(admin_roles), NULL, 0, 0, NULL, NULL },
    { "approvals", SETTING_NUMBER, RULE(approvals), "1", 1, LIMIT_APPROVERS, NULL, NULL },
    { "acts_per_day", SETTING_NUMBER, RULE(acts_per_day), "200", 1, LIMIT_ACTS, NULL, NULL },
    { "approve_with", SETTING_WORDS, RULE(approve_with), "reaction button command", 0, 0, ways, NULL },
    { "min_window", SETTING_DURATION, RULE(min_window), "5m", MS_SECOND, MS_DAY, NULL, NULL },
    { "default_window", SETTING_DURATION, RULE(default_window), "1h", MS_SECOND, MS_DAY, NULL, NULL },
    { "max_window", SETTING_DURATION, RULE(max_window), "4h", MS_SECOND, MS_DAY, NULL, NULL },
    { "request_expires", SETTING_DURATION, RULE(request_expires), "30m", MS_SECOND, 7 * MS_DAY, NULL, NULL },
    { "require_ticket", SETTING_CHOICE, RULE(require_ticket), "no", 0, 0, setting_yes_no, NULL },
    { "ticket_url", SETTING_TEXT, RULE(ticket_url), "", 0, 0, NULL, NULL },
    { "ownership", SETTING_CHOICE, RULE(ownership), "direct", 0, 0, ownerships, NULL },
    { "mailbox_proof", SETTING_CHOICE, RULE(mailbox_proof), "confirm", 0, 0, proofs, NULL },
    { "on_deadline", SETTING_CHOICE, RULE(on_deadline), "remind", 0, 0, ends, NULL },
    { "on_foreign_root", SETTING_CHOICE, RULE(on_foreign_root), "alarm", 0, 0, foreign_roots, NULL },
    { "dead_man", SETTING_CHOICE, RULE(dead_man), "wanted", 0, 0, dead_men, NULL },
    { "remind_pending", SETTING_DURATIONS, RULE(remind_pending), "5m 15m 30m", 0, 7 * MS_DAY, NULL, NULL },
    { "warn_before", SETTING_DURATION, RULE(warn_before), "5m", 0, MS_DAY, NULL, NULL },
    { "remind_overdue", SETTING_DURATIONS, RULE(remind_overdue), "0s 5m 15m 30m 1h", 0, 7 * MS_DAY, NULL, NULL },
    { "watch_after", SETTING_DURATION, RULE(watch_after), "1d", 0, 30 * MS_DAY, NULL, NULL },
    { "escalate", SETTING_TEXT, RULE(escalate), "<!here>", 0, 0, NULL, NULL },
};
/* clang-format on */

static const struct setting_section
    bot_section = { .name = "bot", .rows = bot_rows, .count = COUNT(bot_rows) },
    store_section = { .name = "store", .rows = store_rows, .count = COUNT(store_rows) },
    policy_section = { .name = "policy", .rows = policy_rows, .count = COUNT(policy_rows) };

static bool stands_last(const struct adapter_kind *kind)
{
    return kind->role == ADAPTER_MAIL || kind->role == ADAPTER_ALARM;
}

/* [bot], [store], whom it speaks with, [policy], and who carries its mail and its alarms. */
static bool section_at(const struct adapter_kind *const *kinds, size_t n, struct config_row *ret)
{
    *ret = (struct config_row){ .section = n == 0 ? &bot_section : &store_section };
    if (n <= 1)
        return true;
    n -= 2;
    for (int last = 0; last <= 1; last++) {
        for (size_t i = 0; kinds[i]; i++)
            if (stands_last(kinds[i]) == last && n-- == 0) {
                *ret = (struct config_row){ kinds[i]->section, NULL, kinds[i], i };
                return true;
            }
        if (!last && n-- == 0) {
            ret->section = &policy_section;
            return true;
        }
    }
    return false;
}

const char *config_section_name(const struct adapter_kind *const *kinds, size_t n)
{
    struct config_row row;
    return section_at(kinds, n, &row) ? row.section->name : NULL;
}

bool config_row_at(const struct adapter_kind *const *kinds, size_t n, struct config_row *ret)
{
    for (size_t s = 0; section_at(kinds, s, ret); s++) {
        if (n < ret->section->count) {
            ret->setting = &ret->section->rows[n];
            return true;
        }
        n -= ret->section->count;
    }
    return false;
}

size_t config_row_named(const struct adapter_kind *const *kinds, const char *section,
                        const char *key)
{
    struct config_row row;
    for (size_t i = 0; i < CONFIG_ROWS && config_row_at(kinds, i, &row); i++)
        if (str_equal(row.section->name, section) && str_equal(row.setting->key, key))
            return i;
    return CONFIG_ROWS;
}

const void *config_value(const struct config *c, const struct config_row *row)
{
    const char *base = row->setting->home != SETTING_OWN ? (const char *)&c->policy
                       : row->kind                       ? (const char *)&c->own[row->kind_no]
                                                         : (const char *)c;
    return base + row->setting->offset;
}

void *config_value_to_set(struct config *c, const struct config_row *row)
{
    return (char *)c + ((const char *)config_value(c, row) - (const char *)c);
}
