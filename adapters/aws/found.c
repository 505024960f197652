/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/found.h"
#include "adapters/aws/settings.h"
#include "host/clock.h"

#include <string.h>

enum {
    ARENA_BYTES = 1024 * 1024,
    LISTED_MOST = 32,
    KEY_ID_LEAST = 16,
    ID_MOST = 128,
    SERIAL_MOST = 256
};

/* The instant of that name; false when it is none. */
static bool instant_inside(const struct xml_element *e, const char *name, ms_t *ret,
                           struct err *err)
{
    return (clock_parse_iso(xml_text_inside(e, name), ret) && *ret > 0) ||
           err_set(err, "it does not say since when");
}

/* The same, where it may be left out. */
static bool use_inside(const struct xml_element *e, const char *name, struct root_user *u,
                       struct err *err)
{
    ms_t at_ms;
    if (!xml_text_inside(e, name)[0])
        return true;
    if (!clock_parse_iso(xml_text_inside(e, name), &at_ms))
        return err_set(err, "it does not say when it was used last");
    u->used_ms = ms_max(u->used_ms, at_ms);
    return true;
}

static void could_be_used_since(struct root_user *u, ms_t at_ms)
{
    if (!u->since_ms || at_ms < u->since_ms)
        u->since_ms = at_ms;
}

/* Whatever is not said to be out of use can be used. */
static bool is_active(const struct xml_element *e)
{
    const char *status = xml_text_inside(e, "Status");
    return strcmp(status, "Inactive") != 0 && strcmp(status, "Expired") != 0;
}

/* What deletes it, for whoever asks. */
static bool note(struct aws_found *f, enum aws_action action, const char *id, const char *says,
                 struct err *err)
{
    struct aws_items *items = f->items;
    if (!items)
        return true;
    if (items->count == AWS_ITEMS)
        return err_set(err, "there are more of them than a root user can have");
    items->list[items->count++] = (struct aws_item){ action, arena_copy(items->arena, id),
                                                     arena_copy(items->arena, says) };
    return true;
}

/* "access key AKIA…, active, since 2024-01-02". */
static const char *words_of(struct arena *arena, const char *what, const char *id, bool active,
                            ms_t since_ms)
{
    char since[CLOCK_ISO_BYTES];
    clock_iso(since_ms, since);
    return arena_printf(arena, "%s %s, %s, since %.10s", what, id, active ? "active" : "inactive",
                        since);
}

/* ---- one by one ---- */

/* A session that is of another account would tell of the wrong root user. */
static bool read_user(const struct xml_element *result, struct aws_found *f, struct arena *arena,
                      struct err *err)
{
    const struct xml_element *user = xml_inside(result, "User");
    const char *arn = xml_text_inside(user, "Arn");
    const char *wanted = arena_printf(arena, ":iam::%s:root", f->account);
    size_t bytes = strlen(arn), tail = strlen(wanted);
    if (strncmp(arn, "arn:", 4) != 0 || bytes < tail || strcmp(arn + bytes - tail, wanted) != 0)
        return err_set(err, "it is not about the root user of this account");
    return use_inside(user, "PasswordLastUsed", &f->user, err);
}

static bool read_password(const struct xml_element *result, struct aws_found *f,
                          struct arena *arena, struct err *err)
{
    ms_t since_ms;
    char since[CLOCK_ISO_BYTES];
    if (!instant_inside(xml_inside(result, "LoginProfile"), "CreateDate", &since_ms, err))
        return false;
    f->user.has_password = true;
    could_be_used_since(&f->user, since_ms);
    clock_iso(since_ms, since);
    return note(f, AWS_DELETE_LOGIN_PROFILE, "", arena_printf(arena, "password since %.10s", since),
                err);
}

static bool read_key(const struct xml_element *key, struct aws_found *f, struct arena *arena,
                     struct err *err)
{
    ms_t since_ms;
    const char *id = xml_text_inside(key, "AccessKeyId");
    size_t bytes = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    if (id[bytes] || bytes < KEY_ID_LEAST || f->key_count == AWS_FOUND_KEYS ||
        !STR_SET(f->keys[f->key_count], id))
        return err_set(err, "its list of access keys is none");
    if (!instant_inside(key, "CreateDate", &since_ms, err))
        return false;
    f->key_count++;
    f->user.keys++;
    f->user.made_ms = ms_max(f->user.made_ms, since_ms);
    if (is_active(key)) {
        f->user.keys_active++;
        could_be_used_since(&f->user, since_ms);
    }
    return note(f, AWS_DELETE_ACCESS_KEY, id,
                words_of(arena, "access key", id, is_active(key), since_ms), err);
}

static bool read_certificate(const struct xml_element *certificate, struct aws_found *f,
                             struct arena *arena, struct err *err)
{
    ms_t since_ms;
    const char *id = xml_text_inside(certificate, "CertificateId");
    if (f->items && !aws_is_id(id, ID_MOST))
        return err_set(err, "its list of certificates is none");
    if (!instant_inside(certificate, "UploadDate", &since_ms, err))
        return false;
    f->user.certificates++;
    f->user.made_ms = ms_max(f->user.made_ms, since_ms);
    if (is_active(certificate)) {
        f->user.certificates_active++;
        could_be_used_since(&f->user, since_ms);
    }
    return note(f, AWS_DELETE_SIGNING_CERTIFICATE, id,
                words_of(arena, "signing certificate", id, is_active(certificate), since_ms), err);
}

/* As the model of IAM has it. */
static bool is_serial(const char *serial)
{
    size_t bytes = strspn(serial, AWS_NAME_LETTERS "/:");
    return bytes && !serial[bytes] && bytes <= SERIAL_MOST;
}

static bool read_device(const struct xml_element *device, struct aws_found *f, struct arena *arena,
                        struct err *err)
{
    const char *serial = xml_text_inside(device, "SerialNumber");
    if (!serial[0] || (f->items && !is_serial(serial)))
        return err_set(err, "its list of MFA devices is none");
    f->user.mfa_devices++;
    return note(f, AWS_DEACTIVATE_MFA_DEVICE, serial, arena_printf(arena, "MFA device %s", serial),
                err);
}

/* A list that goes on elsewhere is not all there is. */
static bool each_of(const struct xml_element *result, const char *name,
                    bool (*each)(const struct xml_element *, struct aws_found *, struct arena *,
                                 struct err *),
                    struct aws_found *f, struct arena *arena, struct err *err)
{
    const struct xml_element *list = xml_inside(result, name), *one = list ? list->first : NULL;
    const char *cut = xml_text_inside(result, "IsTruncated");
    size_t n = 0;
    if (!list)
        return err_set(err, "it has no list");
    if (cut[0] && strcmp(cut, "false") != 0)
        return err_set(err, "its list is cut off");
    for (; one; one = one->next)
        if (n++ == LISTED_MOST || strcmp(one->name, "member") != 0)
            return err_set(err, "its list is none");
        else if (!each(one, f, arena, err))
            return false;
    return true;
}

static bool read_keys(const struct xml_element *result, struct aws_found *f, struct arena *arena,
                      struct err *err)
{
    return each_of(result, "AccessKeyMetadata", read_key, f, arena, err);
}

static bool read_key_used(const struct xml_element *result, struct aws_found *f,
                          struct arena *arena, struct err *err)
{
    const struct xml_element *used = xml_inside(result, "AccessKeyLastUsed");
    (void)arena;
    return used ? use_inside(used, "LastUsedDate", &f->user, err)
                : err_set(err, "it does not tell of a key's use");
}

static bool read_certificates(const struct xml_element *result, struct aws_found *f,
                              struct arena *arena, struct err *err)
{
    return each_of(result, "Certificates", read_certificate, f, arena, err);
}

static bool read_devices(const struct xml_element *result, struct aws_found *f, struct arena *arena,
                         struct err *err)
{
    return each_of(result, "MFADevices", read_device, f, arena, err);
}

static const struct {
    enum aws_action action;
    bool (*read)(const struct xml_element *, struct aws_found *, struct arena *, struct err *);
} readers[] = {
    { AWS_GET_USER, read_user },
    { AWS_GET_LOGIN_PROFILE, read_password },
    { AWS_LIST_ACCESS_KEYS, read_keys },
    { AWS_GET_ACCESS_KEY_LAST_USED, read_key_used },
    { AWS_LIST_SIGNING_CERTIFICATES, read_certificates },
    { AWS_LIST_MFA_DEVICES, read_devices },
};

bool aws_read_found(enum aws_action action, const char *body, size_t bytes, struct aws_found *f,
                    struct err *err)
{
    struct arena arena;
    size_t i = 0;
    while (i + 1 < COUNT(readers) && readers[i].action != action)
        i++;
    arena_init(&arena, ARENA_BYTES);
    const struct xml_element *result = aws_result_of(action, body, bytes, &arena, err);
    bool whole = result && readers[i].read(result, f, &arena, err);
    arena_done(&arena);
    return whole;
}
