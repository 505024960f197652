#include "core/flags.h"

#include <string.h>

static const char *const known[] = {
    "ACCOUNT_BLOCK_CLOSING_ACCOUNT",
    "ACCOUNT_BLOCK_ENABLING_OR_DISABLING_REGIONS",
    "AWSCONFIG_BLOCK_CHANGES_TO_SERVICE",
    "EBS_BLOCK_DIRECT_API_CALLS",
    "EBS_BLOCK_DISABLING_DEFAULT_ENCRYPTION",
    "EBS_BLOCK_PUBLICLY_RESTORABLE_SNAPSHOTS",
    "EC2_BLOCK_MODIFYING_IMDS_DEFAULTS",
    "EC2_BLOCK_PUBLIC_ACCESS_ON_AMIS",
    "EC2_BLOCK_PUBLIC_ACCESS_ON_SNAPSHOTS",
    "EC2_REQUIRE_IMDSV2",
    "GUARDDUTY_BLOCK_CHANGES_TO_SERVICE",
    "IAM_BLOCK_CREATING_IAM_USER",
    "IAM_BLOCK_IAM_ACCESS_KEYS_AND_LOGIN_PROFILES",
    "IAM_BLOCK_MODIFYING_IAM_USER_PASSWORD_POLICIES",
    FLAGS_ROOT_KEY,
    "LAMBDA_REQUIRE_IAM_AUTH_FOR_LAMBDA_FUNCTION_URLS",
    "MACIE_BLOCK_SERVICE",
    "ORGANIZATIONS_BLOCK_LEAVING_AWS_ORGANISATION",
    "RAM_BLOCK_EXTERNAL_ACCESS_TO_RESOURCES",
    "ROUTE53_BLOCK_CHANGES_TO_DOMAIN",
    "S3_BLOCK_DELETING_GLACIER_VAULTS_AND_ARCHIVES",
    "S3_BLOCK_MODIFYING_ACCOUNT_WIDE_PUBLIC_ACCESS",
    "S3_REQUIRE_BUCKET_OWNERSHIP_FOR_OBJECTS_IN_NEW_BUCKETS",
    "SECURITYHUB_BLOCK_CHANGES_TO_SERVICE",
    "SSM_BLOCK_CHANGES_TO_PUBLIC_SHARING_SETTING",
    "SSM_BLOCK_MODIFYING_SESSION_MANAGER_DEFAULT_PREFERENCES",
    "VPC_BLOCK_CREATING_DEFAULT_VPC_AND_SUBNET",
    "VPC_BLOCK_DELETING_VPC_FLOW_LOGS",
};
_Static_assert(COUNT(known) == 28, "Stax documents 28 keys");

/* One line of the text: KEY (with its SCP. or RCP. prefix) and value, not terminated. */
struct line {
    const char *key, *value;
    size_t key_bytes, value_bytes;
};

static bool next_line(const char **cursor, struct line *ret)
{
    const char *start = *cursor;
    if (!start || !*start)
        return false;
    size_t bytes = strcspn(start, "\n");
    size_t key_bytes = strcspn(start, "=\n");
    *ret = (struct line){ .key = start,
                          .key_bytes = key_bytes,
                          .value = start + key_bytes + (key_bytes < bytes),
                          .value_bytes = key_bytes < bytes ? bytes - key_bytes - 1 : 0 };
    *cursor = start + bytes + (start[bytes] == '\n');
    return true;
}

static bool same_bytes(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    return a_bytes == b_bytes && memcmp(a, b, a_bytes) == 0;
}

static bool is_scp(const struct line *line, const char *key)
{
    return line->key_bytes > 4 && memcmp(line->key, "SCP.", 4) == 0 &&
           same_bytes(line->key + 4, line->key_bytes - 4, key, strlen(key));
}

enum flag_state flags_root(const char *flags)
{
    struct line line;
    for (const char *cursor = flags; next_line(&cursor, &line);)
        if (is_scp(&line, FLAGS_ROOT_KEY))
            return same_bytes(line.value, line.value_bytes, "on", 2)    ? FLAG_ON
                   : same_bytes(line.value, line.value_bytes, "off", 3) ? FLAG_OFF
                                                                        : FLAG_ABSENT;
    return FLAG_ABSENT;
}

bool flags_knows(const char *key)
{
    for (size_t i = 0; i < COUNT(known); i++)
        if (str_equal(known[i], key))
            return true;
    return false;
}

/* A switch that we know, and at one of its two values. */
static bool is_known(const struct line *line)
{
    if (!same_bytes(line->value, line->value_bytes, "on", 2) &&
        !same_bytes(line->value, line->value_bytes, "off", 3))
        return false;
    for (size_t i = 0; i < COUNT(known); i++)
        if (is_scp(line, known[i]))
            return true;
    return false;
}

size_t flags_unknown(const char *flags, struct buf *b)
{
    size_t n = 0;
    struct line line;
    for (const char *cursor = flags; next_line(&cursor, &line);) {
        if (is_known(&line))
            continue;
        buf_add(b, n++ ? ", " : "");
        buf_add_bytes(b, line.key, line.key_bytes);
    }
    return n;
}

static bool find(const char *flags, const struct line *wanted, struct line *ret)
{
    for (const char *cursor = flags; next_line(&cursor, ret);)
        if (same_bytes(ret->key, ret->key_bytes, wanted->key, wanted->key_bytes))
            return true;
    return false;
}

static const char absent[] = "absent";

static bool same_value(const struct line *a, const struct line *b)
{
    return same_bytes(a->value, a->value_bytes, b->value, b->value_bytes);
}

/* As it stands in the text, or as absent. */
static struct line value_in(const char *flags, const struct line *key)
{
    struct line found;
    if (!find(flags, key, &found))
        found = (struct line){ key->key, absent, key->key_bytes, strlen(absent) };
    return found;
}

static size_t add_difference(struct buf *b, size_t n, const struct line *before,
                             const struct line *after)
{
    const struct line *named = before ? before : after;
    buf_add(b, n ? ", " : "");
    buf_add_bytes(b, named->key, named->key_bytes);
    buf_add(b, ": ");
    buf_add_bytes(b, before ? before->value : absent,
                  before ? before->value_bytes : strlen(absent));
    buf_add(b, " → ");
    buf_add_bytes(b, after ? after->value : absent, after ? after->value_bytes : strlen(absent));
    return n + 1;
}

size_t flags_differences(const char *before, const char *after, struct buf *b)
{
    size_t n = 0;
    struct line old, new;
    for (const char *cursor = before; next_line(&cursor, &old);) {
        if (is_scp(&old, FLAGS_ROOT_KEY))
            continue;
        bool there = find(after, &old, &new);
        if (!there || !same_bytes(old.value, old.value_bytes, new.value, new.value_bytes))
            n = add_difference(b, n, &old, there ? &new : NULL);
    }
    for (const char *cursor = after; next_line(&cursor, &new);)
        if (!is_scp(&new, FLAGS_ROOT_KEY) && !find(before, &new, &old))
            n = add_difference(b, n, NULL, &new);
    return n;
}

static void note(struct buf *lines, const struct line *line)
{
    struct line there;
    if (is_scp(line, FLAGS_ROOT_KEY) || find(buf_text(lines), line, &there))
        return;
    buf_add_bytes(lines, line->key, line->key_bytes);
    buf_add_char(lines, '=');
    buf_add_bytes(lines, line->value, line->value_bytes);
    buf_add_char(lines, '\n');
}

void flags_note_differences(const char *base, const char *now, struct buf *lines)
{
    struct line old, new;
    for (const char *cursor = base; next_line(&cursor, &old);) {
        new = value_in(now, &old);
        if (!same_value(&old, &new))
            note(lines, &new);
    }
    for (const char *cursor = now; next_line(&cursor, &new);)
        if (!find(base, &new, &old))
            note(lines, &new);
}

size_t flags_turned_back(const char *base, const char *lines, const char *after, struct buf *b)
{
    size_t n = 0;
    struct line set;
    for (const char *cursor = lines; next_line(&cursor, &set);) {
        struct line before = value_in(base, &set), now = value_in(after, &set);
        if (!same_value(&before, &now) || same_value(&set, &now))
            continue;
        n = add_difference(b, n, &before, &set);
        buf_add(b, " → ");
        buf_add_bytes(b, now.value, now.value_bytes);
    }
    return n;
}
