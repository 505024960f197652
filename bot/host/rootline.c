/* SPDX-License-Identifier: Apache-2.0 */
#include "host/rootline.h"
#include "host/json.h"

enum { COUNT_MOST = 64 };

static bool is_count(const json_t *line, const char *key, unsigned *ret)
{
    int64_t count = json_number(line, key, -1);
    *ret = (unsigned)count;
    return count >= 0 && count <= COUNT_MOST;
}

static bool is_instant(const json_t *line, const char *key, ms_t *ret)
{
    *ret = json_number(line, key, -1);
    return *ret >= 0 && *ret <= LIMIT_INSTANT_MS;
}

static bool read_row(const json_t *line, struct root_row *r)
{
    const char *account = json_text_or_empty(line, "account");
    struct root_user *u = &r->user;
    u->has_password = json_flag(line, "password", false);
    return root_is_account(account) && STR_SET(r->account, account) &&
           json_is_boolean(json_object_get(line, "password")) && is_count(line, "keys", &u->keys) &&
           is_count(line, "keys_active", &u->keys_active) &&
           is_count(line, "certificates", &u->certificates) &&
           is_count(line, "certificates_active", &u->certificates_active) &&
           is_count(line, "mfa_devices", &u->mfa_devices) &&
           is_instant(line, "since_ms", &u->since_ms) && is_instant(line, "used_ms", &u->used_ms) &&
           is_instant(line, "at_ms", &r->at_ms) && root_user_is_usable(u) == (u->since_ms != 0);
}

bool rootline_read(const char *text, size_t bytes, struct root_row *ret)
{
    JSON_AUTO *line = json_read(text, bytes, ROOTLINE_BYTES, NULL);
    *ret = (struct root_row){ .at_ms = 0 };
    return line && read_row(line, ret);
}

void rootline_add(struct buf *b, const struct root_row *r)
{
    const struct root_user *u = &r->user;
    buf_addf(b,
             "{\"account\":\"%s\",\"at_ms\":%lld,\"password\":%s,\"keys\":%u,\"keys_active\":%u,"
             "\"certificates\":%u,\"certificates_active\":%u,\"mfa_devices\":%u,\"since_ms\":%lld,"
             "\"used_ms\":%lld}\n",
             r->account, (long long)r->at_ms, u->has_password ? "true" : "false", u->keys,
             u->keys_active, u->certificates, u->certificates_active, u->mfa_devices,
             (long long)u->since_ms, (long long)u->used_ms);
}
