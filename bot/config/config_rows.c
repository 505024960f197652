#include "config/config_rows.h"

#include <stddef.h>

#define AT(member) offsetof(struct config, member), sizeof(((struct config *)0)->member)

static const struct config_choice levels[] = { { "error", LOG_ERROR },
                                               { "warn", LOG_WARN },
                                               { "info", LOG_INFO },
                                               { "debug", LOG_DEBUG },
                                               { 0 } };
static const struct config_choice formats[] = { { "text", LOG_TEXT }, { "json", LOG_JSON }, { 0 } };
static const struct config_choice ownerships[] = { { "direct", OWNERSHIP_DIRECT },
                                                   { "resold", OWNERSHIP_RESOLD },
                                                   { 0 } };
static const struct config_choice proofs[] = {
    { "off", MAILBOX_OFF }, { "confirm", MAILBOX_CONFIRM }, { "code", MAILBOX_CODE }, { 0 }
};
static const struct config_choice ends[] = { { "remind", DEADLINE_REMIND },
                                             { "restore", DEADLINE_RESTORE },
                                             { 0 } };
static const struct config_choice yes_no[] = { { "no", 0 }, { "yes", 1 }, { 0 } };
static const struct config_choice ways[] = { { "reaction", APPROVE_BY_REACTION },
                                             { "button", APPROVE_BY_BUTTON },
                                             { "command", APPROVE_BY_COMMAND },
                                             { 0 } };

const struct config_row config_rows[] = {
    { "bot", "state_dir", CONFIG_TEXT, AT(bot.state_dir), "/var/lib/reguard", 1, 0, NULL },
    { "bot", "listen", CONFIG_TEXT, AT(bot.listen), "127.0.0.1:9464", 0, 0, NULL },
    { "bot", "log_level", CONFIG_CHOICE, AT(bot.log_level), "info", 0, 0, levels },
    { "bot", "log_format", CONFIG_CHOICE, AT(bot.log_format), "text", 0, 0, formats },
    { "bot", "timezone", CONFIG_TEXT, AT(bot.timezone), "UTC", 1, 0, NULL },
    { "slack", "app_token_file", CONFIG_PATH, AT(slack.app_token_file), NULL, 1, 0, NULL },
    { "slack", "bot_token_file", CONFIG_PATH, AT(slack.bot_token_file), NULL, 1, 0, NULL },
    { "slack", "team", CONFIG_TEXT, AT(slack.team), NULL, 1, 0, NULL },
    { "slack", "channel", CONFIG_TEXT, AT(slack.channel), NULL, 1, 0, NULL },
    { "slack", "command", CONFIG_TEXT, AT(slack.command), "/reguard", 1, 0, NULL },
    { "slack", "api_url", CONFIG_ADDRESS, AT(slack.api_url), "https://slack.com/api/", 1, 0, NULL },
    { "slack", "ca_file", CONFIG_PATH, AT(slack.ca_file), "", 0, 0, NULL },
    { "slack", "approve_reaction", CONFIG_TEXT, AT(policy.approve_reaction), "white_check_mark", 1,
      0, NULL },
    { "slack", "decline_reaction", CONFIG_TEXT, AT(policy.decline_reaction), "x", 1, 0, NULL },
    { "matrix", "homeserver", CONFIG_ADDRESS, AT(matrix.homeserver), NULL, 1, 0, NULL },
    { "matrix", "access_token_file", CONFIG_PATH, AT(matrix.access_token_file), NULL, 1, 0, NULL },
    { "matrix", "user", CONFIG_TEXT, AT(matrix.user), NULL, 1, 0, NULL },
    { "matrix", "room", CONFIG_TEXT, AT(matrix.room), NULL, 1, 0, NULL },
    { "matrix", "prefix", CONFIG_TEXT, AT(matrix.prefix), "!reguard", 1, 0, NULL },
    { "matrix", "ca_file", CONFIG_PATH, AT(matrix.ca_file), "", 0, 0, NULL },
    { "matrix", "rate_limited", CONFIG_CHOICE, AT(matrix.rate_limited), "yes", 0, 0, yes_no },
    { "stax", "api_url", CONFIG_ADDRESS, AT(stax.api_url), "https://api.au1.staxapp.cloud", 1, 0,
      NULL },
    { "stax", "access_key_file", CONFIG_PATH, AT(stax.access_key_file), NULL, 1, 0, NULL },
    { "stax", "secret_key_file", CONFIG_PATH, AT(stax.secret_key_file), NULL, 1, 0, NULL },
    { "stax", "organisation", CONFIG_TEXT, AT(policy.organisation), NULL, 1, 0, NULL },
    { "stax", "login_url", CONFIG_ADDRESS, AT(stax.login_url), "", 0, 0, NULL },
    { "stax", "identity_url", CONFIG_ADDRESS, AT(stax.identity_url), "", 0, 0, NULL },
    { "stax", "ca_file", CONFIG_PATH, AT(stax.ca_file), "", 0, 0, NULL },
    { "stax", "poll_lifted", CONFIG_DURATION, AT(policy.poll_lifted), "60s", 100, MS_HOUR, NULL },
    { "stax", "poll_idle", CONFIG_DURATION, AT(policy.poll_idle), "10m", 100, MS_DAY, NULL },
    { "stax", "poll_task", CONFIG_DURATION, AT(policy.poll_task), "5s", 100, 10 * MS_MINUTE, NULL },
    { "stax", "verify_gap", CONFIG_DURATION, AT(policy.verify_gap), "10s", 100, 10 * MS_MINUTE,
      NULL },
    { "stax", "request_timeout", CONFIG_DURATION, AT(stax.request_timeout), "15s", 100,
      2 * MS_MINUTE, NULL },
    { "stax", "lift_gives_up", CONFIG_DURATION, AT(policy.lift_gives_up), "30m", MS_SECOND, MS_DAY,
      NULL },
    { "policy", "admin_roles", CONFIG_WORDS, AT(policy.admin_roles), "customer_admin", 0, 0, NULL },
    { "policy", "approvals", CONFIG_NUMBER, AT(policy.approvals), "1", 1, LIMIT_APPROVERS, NULL },
    { "policy", "acts_per_day", CONFIG_NUMBER, AT(policy.acts_per_day), "200", 1, LIMIT_ACTS,
      NULL },
    { "policy", "approve_with", CONFIG_WORDS, AT(policy.approve_with), "reaction button command", 0,
      0, ways },
    { "policy", "min_window", CONFIG_DURATION, AT(policy.min_window), "5m", MS_SECOND, MS_DAY,
      NULL },
    { "policy", "default_window", CONFIG_DURATION, AT(policy.default_window), "1h", MS_SECOND,
      MS_DAY, NULL },
    { "policy", "max_window", CONFIG_DURATION, AT(policy.max_window), "4h", MS_SECOND, MS_DAY,
      NULL },
    { "policy", "request_expires", CONFIG_DURATION, AT(policy.request_expires), "30m", MS_SECOND,
      7 * MS_DAY, NULL },
    { "policy", "require_ticket", CONFIG_CHOICE, AT(policy.require_ticket), "no", 0, 0, yes_no },
    { "policy", "ownership", CONFIG_CHOICE, AT(policy.ownership), "direct", 0, 0, ownerships },
    { "policy", "mailbox_proof", CONFIG_CHOICE, AT(policy.mailbox_proof), "confirm", 0, 0, proofs },
    { "policy", "on_deadline", CONFIG_CHOICE, AT(policy.on_deadline), "remind", 0, 0, ends },
    { "policy", "remind_pending", CONFIG_DURATIONS, AT(policy.remind_pending), "5m 15m 30m", 0,
      7 * MS_DAY, NULL },
    { "policy", "warn_before", CONFIG_DURATION, AT(policy.warn_before), "5m", 0, MS_DAY, NULL },
    { "policy", "remind_overdue", CONFIG_DURATIONS, AT(policy.remind_overdue), "0s 5m 15m 30m 1h",
      0, 7 * MS_DAY, NULL },
    { "policy", "watch_after", CONFIG_DURATION, AT(policy.watch_after), "1d", 0, 30 * MS_DAY,
      NULL },
    { "policy", "escalate", CONFIG_TEXT, AT(policy.escalate), "<!here>", 0, 0, NULL },
    { "mail", "smtp_url", CONFIG_MAIL_ADDRESS, AT(mail.smtp_url), NULL, 1, 0, NULL },
    { "mail", "from", CONFIG_TEXT, AT(mail.from), NULL, 1, 0, NULL },
    { "mail", "username", CONFIG_TEXT, AT(mail.username), "", 0, 0, NULL },
    { "mail", "password_file", CONFIG_PATH, AT(mail.password_file), "", 0, 0, NULL },
};
_Static_assert(COUNT(config_rows) == CONFIG_ROWS, "the header says how many");
