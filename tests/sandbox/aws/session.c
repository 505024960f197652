/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions of roles: who gets one, and what is handed out. */
#include "tests/sandbox/aws/state.h"
#include "tests/sandbox/control/issued.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LEAST_S = 15 * 60, MOST_S = 12 * 60 * 60, CHAINED_S = 60 * 60, DATE_BYTES = 40 };

const struct awsd_session *awsd_session_of(const struct awsd *a, const char *access_key_id)
{
    for (size_t i = 0; i < AWSD_SESSIONS; i++)
        if (a->sessions[i].access_key_id[0] &&
            strcmp(a->sessions[i].access_key_id, access_key_id) == 0)
            return &a->sessions[i];
    return NULL;
}

struct awsd_session *awsd_session_new(struct awsd *a, const char *name, int64_t lasts_s)
{
    struct awsd_session *s = &a->sessions[a->session_count++ % AWSD_SESSIONS];
    *s = (struct awsd_session){ .task = NULL };
    snprintf(s->access_key_id, sizeof s->access_key_id, "ASIASESSION%09zu", a->session_count);
    sandbox_random(s->secret, 40);
    sandbox_random(s->token, 128);
    snprintf(s->arn, sizeof s->arn, "arn:aws:sts::" AWSD_ACCOUNT ":assumed-role/reguard/%s", name);
    s->ends_ms = awsd_now_ms(a) + (a->session_ms ? a->session_ms : lasts_s * 1000);
    sandbox_issued(s->secret);
    sandbox_issued(s->token);
    return s;
}

/* "2026-11-24T13:14:15.123Z": with its fraction, as STS writes some. */
const char *awsd_date_of(int64_t at_ms)
{
    static char text[DATE_BYTES];
    time_t at = (time_t)(at_ms / 1000);
    struct tm tm;
    size_t bytes = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&at, &tm));
    snprintf(text + bytes, sizeof text - bytes, ".%03dZ", (int)(at_ms % 1000));
    return text;
}

static bool is_name(const char *text)
{
    size_t bytes = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "_+=,.@-");
    return !text[bytes] && bytes >= 2 && bytes <= 64;
}

/* What the model says of the values; chained: a role with a role's credentials. */
static bool are_valid(const json_t *form, bool chained, struct awsd_call *call)
{
    char *end;
    const char *duration = sandbox_text(form, "DurationSeconds");
    long seconds = strtol(duration, &end, 10);
    if (*end || !*duration || seconds < LEAST_S || seconds > (chained ? CHAINED_S : MOST_S))
        awsd_refuse(call, 400, "ValidationError",
                    "The requested DurationSeconds exceeds the MaxSessionDuration set for this "
                    "role.");
    else if (!is_name(sandbox_text(form, "RoleSessionName")))
        awsd_refuse(call, 400, "ValidationError",
                    "Value at 'roleSessionName' failed to satisfy constraint: [\\w+=,.@-]*");
    else
        return true;
    return false;
}

static void hand_out(struct awsd *a, const json_t *form, const char *action, struct awsd_call *call)
{
    char inside[1024];
    const struct awsd_session *s = awsd_session_new(a, sandbox_text(form, "RoleSessionName"),
                                                    strtol(sandbox_text(form, "DurationSeconds"),
                                                           NULL, 10));
    snprintf(inside, sizeof inside,
             "    <AssumedRoleUser>\n      <AssumedRoleId>AROASANDBOX0000000001:%s"
             "</AssumedRoleId>\n      <Arn>%s</Arn>\n    </AssumedRoleUser>\n"
             "    <Credentials>\n      <AccessKeyId>%s</AccessKeyId>\n"
             "      <SecretAccessKey>%s</SecretAccessKey>\n"
             "      <SessionToken>%s</SessionToken>\n      <Expiration>%s</Expiration>\n"
             "    </Credentials>\n",
             sandbox_text(form, "RoleSessionName"), s->arn, s->access_key_id, s->secret, s->token,
             awsd_date_of(s->ends_ms));
    awsd_answer(call, action, inside);
}

void awsd_assume_role(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    char why[512];
    const char *role = sandbox_text(form, "RoleArn"), *id = sandbox_text(form, "ExternalId");
    if (!are_valid(form, call->of_session, call))
        return;
    if (strcmp(role, AWSD_ROLE) == 0 && a->assumable &&
        (!a->external_id[0] || strcmp(id, a->external_id) == 0)) {
        hand_out(a, form, "AssumeRole", call);
        return;
    }
    snprintf(why, sizeof why,
             "User: %s is not authorized to perform: sts:AssumeRole on resource: %.200s", call->arn,
             role);
    awsd_refuse(call, 403, "AccessDenied", why);
}

/* STS says which value it does not take, and repeats it. */
void awsd_assume_role_with_web_identity(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    char why[512];
    const char *token = sandbox_text(form, "WebIdentityToken");
    if (!are_valid(form, false, call))
        return;
    snprintf(why, sizeof why, "The token %.300s is none of a provider of this account.", token);
    if (strcmp(token, a->web_token) != 0)
        awsd_refuse(call, 400, "InvalidIdentityToken", why);
    else if (a->web_token_ended)
        awsd_refuse(call, 400, "ExpiredTokenException",
                    "Token expired: current date/time is later");
    else if (strcmp(sandbox_text(form, "RoleArn"), AWSD_ROLE) != 0 || !a->assumable)
        awsd_refuse(call, 403, "AccessDenied",
                    "Not authorized to perform sts:AssumeRoleWithWebIdentity");
    else
        hand_out(a, form, "AssumeRoleWithWebIdentity", call);
}
