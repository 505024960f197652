/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/settings.h"
#include "adapters/aws/endpoint.h"
#include "net/address.h"

#include <string.h>

static const char *region_advice(const char *text, const struct policy *policy)
{
    (void)policy;
    if (strncmp(text, "cn-", 3) == 0)
        return "there are no root users in AWS's partition for China, so there is nothing to see";
    return endpoint_partition(text) ? NULL : "that is no region of AWS, as eu-central-1 is one";
}

/* Its form as IAM's reference has it (AccessKey). The value is not told: it may be the secret. */
static const char *key_advice(const char *text, const struct policy *policy)
{
    enum { LEAST = 16, MOST = 128 };
    size_t bytes = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    (void)policy;
    return !text[0] || (!text[bytes] && bytes >= LEAST && bytes <= MOST)
               ? NULL
               : "that is no access key id, which is 16 or more capital letters and digits and "
                 "begins with AKIA or ASIA; the secret stands in secret_access_key_file";
}

static bool is_of(const char *text, const char *letters) { return !text[strspn(text, letters)]; }

/* arn:PARTITION:iam::ACCOUNT:role/PATH/NAME (IAM, "IAM identifiers"). */
static const char *role_advice(const char *text, const struct policy *policy)
{
    enum { DIGITS = 12 };
    const char *rest = strncmp(text, "arn:aws", 7) == 0 ? strstr(text, ":iam::") : NULL;
    const char *account = rest ? rest + 6 : "";
    (void)policy;
    bool whole = strspn(account, "0123456789") == DIGITS &&
                 strncmp(account + DIGITS, ":role/", 6) == 0 && account[DIGITS + 6] &&
                 is_of(account + DIGITS + 6, AWS_NAME_LETTERS "/");
    return !text[0] || whole ? NULL
                             : "that is no role's ARN, which looks like "
                               "arn:aws:iam::111122223333:role/reguard";
}

static const char *session_name_advice(const char *text, const struct policy *policy)
{
    (void)policy;
    return strlen(text) >= 2 && strlen(text) <= 64 && is_of(text, AWS_NAME_LETTERS)
               ? NULL
               : "a session's name is 2 to 64 letters, digits and _+=,.@-";
}

/* The value is not told. */
static const char *external_id_advice(const char *text, const struct policy *policy)
{
    enum { MOST = 1224 };
    (void)policy;
    return strlen(text) >= 2 && strlen(text) <= MOST && is_of(text, AWS_NAME_LETTERS ":/")
               ? NULL
               : "an external id is 2 to 1224 letters, digits and _+=,.@:/-";
}

static const struct setting_choice ways[] = { { "keys", AWS_KEYS },
                                              { "web_identity", AWS_WEB_IDENTITY },
                                              { "container", AWS_CONTAINER },
                                              { "instance", AWS_INSTANCE },
                                              { NULL, 0 } };

#define OWN(member) SETTING_OWN, SETTING_AT(aws_settings, member)
/* clang-format off */
static const struct setting rows[] = {
    { "region", SETTING_TEXT, OWN(region), NULL, 1, 0, NULL, region_advice },
    { "credentials", SETTING_CHOICE, OWN(credentials), "keys", 0, 0, ways, NULL },
    { "access_key_id", SETTING_UNSHOWN, OWN(access_key_id), "", 0, 0, NULL, key_advice },
    { "secret_access_key_file", SETTING_SECRET, OWN(secret_access_key_file), "", 0, 0, NULL, NULL },
    { "session_token_file", SETTING_SECRET, OWN(session_token_file), "", 0, 0, NULL, NULL },
    { "web_identity_token_file", SETTING_SECRET, OWN(web_identity_token_file), "", 0, 0, NULL, NULL },
    { "container_url", SETTING_UNSHOWN, OWN(container_url), "", 0, 0, NULL, NULL },
    { "container_token_file", SETTING_SECRET, OWN(container_token_file), "", 0, 0, NULL, NULL },
    { "instance_url", SETTING_TEXT, OWN(instance_url), "", 0, 0, NULL, NULL },
    { "role_arn", SETTING_TEXT, OWN(role_arn), "", 0, 0, NULL, role_advice },
    { "role_session_name", SETTING_TEXT, OWN(role_session_name), "reguard", 1, 0, NULL, session_name_advice },
    { "external_id_file", SETTING_SECRET, OWN(external_id_file), "", 0, 0, NULL, external_id_advice },
    { "session_duration", SETTING_DURATION, OWN(session_duration), "1h", 15 * MS_MINUTE, 12 * MS_HOUR, NULL, NULL },
    { "events_queue", SETTING_TEXT, OWN(events_queue), "", 0, 0, NULL, NULL },
    { "sts_url", SETTING_ADDRESS, OWN(sts_url), "", 0, 0, NULL, NULL },
    { "iam_url", SETTING_ADDRESS, OWN(iam_url), "", 0, 0, NULL, NULL },
    { "sqs_url", SETTING_ADDRESS, OWN(sqs_url), "", 0, 0, NULL, NULL },
    { "s3_url", SETTING_ADDRESS, OWN(s3_url), "", 0, 0, NULL, NULL },
    { "ca_file", SETTING_ANCHOR, OWN(ca_file), "", 0, 0, NULL, NULL },
    { "request_timeout", SETTING_DURATION, OWN(request_timeout), "15s", 100, 2 * MS_MINUTE, NULL, NULL },
};
/* clang-format on */

/* ---- what goes with which way ---- */

#define BY(way) (1u << (way))
#define ANY (~0u)
#define AT(member) offsetof(struct aws_settings, member)
/* clang-format off */
static const struct use {
    const char *key;
    size_t offset;
    unsigned needs, takes; /* ways */
} uses[] = {
    { "access_key_id", AT(access_key_id), BY(AWS_KEYS), BY(AWS_KEYS) },
    { "secret_access_key_file", AT(secret_access_key_file), BY(AWS_KEYS), BY(AWS_KEYS) },
    { "session_token_file", AT(session_token_file), 0, BY(AWS_KEYS) },
    { "web_identity_token_file", AT(web_identity_token_file), BY(AWS_WEB_IDENTITY), BY(AWS_WEB_IDENTITY) },
    { "container_url", AT(container_url), BY(AWS_CONTAINER), BY(AWS_CONTAINER) },
    { "container_token_file", AT(container_token_file), 0, BY(AWS_CONTAINER) },
    { "instance_url", AT(instance_url), 0, BY(AWS_INSTANCE) },
    { "role_arn", AT(role_arn), BY(AWS_WEB_IDENTITY), ANY },
    { "external_id_file", AT(external_id_file), 0, ~BY(AWS_WEB_IDENTITY) },
};
/* clang-format on */

static bool use_fits(const struct use *u, const struct aws_settings *s, struct err *err)
{
    const char *way = ways[s->credentials].name;
    bool there = ((const char *)s + u->offset)[0];
    if (!there && u->needs & BY(s->credentials))
        return err_set(err, "credentials = %s needs it", way);
    return !there || u->takes & BY(s->credentials) ||
           err_set(err,
                   "credentials = %s takes none, and there is one way only: leave this out, or "
                   "name with credentials the way that it belongs to",
                   way);
}

/* Credentials come back from there, and none may be read on their way. */
static bool container_fits(const char *url, struct err *err)
{
    struct address a;
    return !url[0] || address_read_beside(url, endpoint_container_hosts, &a, NULL) ||
           err_set(err, "allowed: an https address, or http to loopback, 169.254.170.2, "
                        "169.254.170.23 or [fd00:ec2::23]");
}

static bool instance_fits(const char *url, struct err *err)
{
    struct address a = { .rest = "" };
    bool read = address_read_beside(url[0] ? url : "http://169.254.169.254",
                                    endpoint_instance_hosts, &a, NULL);
    bool far = a.tls && !a.loopback;
    return (read && !far && !strpbrk(a.rest, "?#")) ||
           err_set(err, "allowed: http to 169.254.169.254, [fd00:ec2::254] or loopback");
}

/* A region that is none is told elsewhere. */
static bool queue_fits(const struct aws_settings *s, struct err *err)
{
    struct aws_queue queue;
    const char *ours = endpoint_partition(s->region);
    if (!s->events_queue[0])
        return true;
    if (!endpoint_queue(s->events_queue, &queue, err))
        return false;
    return !ours || strcmp(endpoint_partition(queue.region), ours) == 0 ||
           err_set(err, "it is in another partition than region, and no credentials are of both");
}

static bool fits(const void *own, const char **ret_key, struct err *err)
{
    const struct aws_settings *s = own;
    for (size_t i = 0; i < COUNT(uses); i++) {
        *ret_key = uses[i].key;
        if (!use_fits(&uses[i], s, err))
            return false;
    }
    *ret_key = "container_url";
    if (!container_fits(s->container_url, err))
        return false;
    *ret_key = "instance_url";
    if (!instance_fits(s->instance_url, err))
        return false;
    *ret_key = "events_queue";
    if (!queue_fits(s, err))
        return false;
    *ret_key = "external_id_file";
    return s->role_arn[0] || !s->external_id_file[0] ||
           err_set(err,
                   "an external id goes with a role: name it with role_arn, or leave this out");
}

const struct setting_section aws_section = {
    .name = "aws",
    .rows = rows,
    .count = COUNT(rows),
    .bytes = sizeof(struct aws_settings),
    .secrets = { "secret_access_key_file", "session_token_file" },
    .later = { "external_id_file", "web_identity_token_file", "container_token_file" },
    .anchor = "ca_file",
    .fits = fits,
};
