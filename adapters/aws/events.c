/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/events.h"
#include "adapters/aws/codec.h"
#include "core/limits.h"
#include "core/outside.h"
#include "host/clock.h"
#include "host/json.h"
#include "port/rootuser.h"

#include <string.h>

enum { ID_MOST = 128, NAME_MOST = 60 };

/* What the sign-in says, and of a call its session: both are words. */
static enum root_mfa mfa_of(const json_t *detail)
{
    const char *used = json_text_or_empty(json_object_get(detail, "additionalEventData"),
                                          "MFAUsed"),
               *session = json_text_or_empty(json_path(detail, "userIdentity.sessionContext."
                                                               "attributes"),
                                             "mfaAuthenticated");
    if (strcmp(used, "Yes") == 0 || strcmp(session, "true") == 0)
        return ROOT_WITH_MFA;
    return strcmp(used, "No") == 0 || strcmp(session, "false") == 0 ? ROOT_WITHOUT_MFA
                                                                    : ROOT_MFA_UNKNOWN;
}

static bool was_denied(const json_t *detail)
{
    const json_t *answer = json_object_get(detail, "responseElements");
    return json_text_or_empty(detail, "errorCode")[0] ||
           strcmp(json_text_or_empty(answer, "ConsoleLogin"), "Failure") == 0;
}

/* Of a session of AssumeRoot it is "true" as a word; it stands outside of the attributes. */
static bool is_task(const json_t *user)
{
    const json_t *context = json_object_get(user, "sessionContext");
    return strcmp(json_text_or_empty(context, "assumedRoot"), "true") == 0 ||
           json_flag(context, "assumedRoot", false);
}

/* What AWS does by itself, or a service on somebody's behalf. */
static bool is_services(const json_t *detail, const json_t *user)
{
    return strcmp(json_text_or_empty(detail, "eventType"), "AwsServiceEvent") == 0 ||
           json_text_or_empty(user, "invokedBy")[0];
}

/* The envelope's is where the event came from; where it was forwarded both are the same. */
static const char *account_of(const json_t *event, const json_t *detail, const json_t *user)
{
    const char *places[] = { json_text_or_empty(user, "accountId"),
                             json_text_or_empty(detail, "recipientAccountId"),
                             json_text_or_empty(event, "account") };
    for (size_t i = 0; i < COUNT(places); i++)
        if (root_is_account(places[i]))
            return places[i];
    return NULL;
}

/* The record is gone before they are. */
static const char *words_of(const json_t *detail, const char *key, struct arena *arena)
{
    return outside_words(arena, arena_copy(arena, json_text_or_empty(detail, key)), NAME_MOST);
}

static enum aws_event_kind unread(struct err *err, const char *why)
{
    err_set(err, "%s", why);
    return AWS_EVENT_UNREAD;
}

enum aws_event_kind aws_event_read(const char *body, size_t bytes, struct arena *arena,
                                   struct aws_event *ret, struct err *err)
{
    JSON_AUTO *event = json_read(body, bytes, LIMIT_ROOT_EVENT_BYTES, NULL);
    const json_t *detail = json_object_get(event, "detail"),
                 *user = json_object_get(detail, "userIdentity");
    const char *id = json_text_or_empty(detail, "eventID"), *account;
    if (!event)
        return unread(err, "it is no JSON of a length that is read");
    if (!json_is_object(user))
        return unread(err, "it has no record of CloudTrail");
    if (strcmp(json_text_or_empty(user, "type"), "Root") != 0 || is_services(detail, user))
        return AWS_EVENT_OTHER;
    if (!aws_is_id(id, ID_MOST))
        return unread(err, "its record has no id");
    if (!(account = account_of(event, detail, user)))
        return unread(err, "its record names no account");
    if (!clock_parse_iso(json_text_or_empty(detail, "eventTime"), &ret->root.happened_ms))
        return unread(err, "its record does not say when");
    ret->id = arena_copy(arena, id);
    ret->root.account = arena_copy(arena, account);
    ret->root.name = words_of(detail, "eventName", arena);
    ret->root.address = words_of(detail, "sourceIPAddress", arena);
    ret->root.mfa = mfa_of(detail);
    ret->root.denied = was_denied(detail);
    return is_task(user) ? AWS_EVENT_TASK : AWS_EVENT_ROOT;
}
