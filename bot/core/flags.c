/* SPDX-License-Identifier: Apache-2.0 */
#include "core/flags.h"

#include <string.h>

/* One line of the text: KEY (with the name of its part before it) and value, not terminated. */
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

static bool is_named(const struct line *line, const char *name)
{
    return name[0] && same_bytes(line->key, line->key_bytes, name, strlen(name));
}

enum flag_state flags_root(const struct provider *p, const char *flags)
{
    struct line line;
    for (const char *cursor = flags; next_line(&cursor, &line);)
        if (is_named(&line, p->key))
            return same_bytes(line.value, line.value_bytes, "on", 2)    ? FLAG_ON
                   : same_bytes(line.value, line.value_bytes, "off", 3) ? FLAG_OFF
                                                                        : FLAG_ABSENT;
    return FLAG_ABSENT;
}

/* A switch that we know, and at one of its two values. */
static bool is_known(const struct provider *p, const struct line *line)
{
    if (!same_bytes(line->value, line->value_bytes, "on", 2) &&
        !same_bytes(line->value, line->value_bytes, "off", 3))
        return false;
    for (size_t i = 0; i < p->known_count; i++)
        if (is_named(line, p->known[i]))
            return true;
    return false;
}

size_t flags_unknown(const struct provider *p, const char *flags, struct buf *b)
{
    size_t n = 0;
    struct line line;
    if (p->leaves_rest)
        return 0;
    for (const char *cursor = flags; next_line(&cursor, &line);) {
        if (is_known(p, &line))
            continue;
        buf_add(b, n++ ? ", " : "");
        buf_add_bytes(b, line.key, line.key_bytes);
    }
    return n;
}

const char *flags_refusal(const struct provider *p, const char *unknown, struct arena *arena)
{
    return arena_printf(arena,
                        "%s has guardrail settings that this version does not know (%s), so I do "
                        "not write them; whoever runs reguard can update it",
                        p->title, unknown);
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

size_t flags_differences(const struct provider *p, const char *before, const char *after,
                         struct buf *b)
{
    size_t n = 0;
    struct line old, new;
    for (const char *cursor = before; next_line(&cursor, &old);) {
        if (is_named(&old, p->key))
            continue;
        bool there = find(after, &old, &new);
        if (!there || !same_bytes(old.value, old.value_bytes, new.value, new.value_bytes))
            n = add_difference(b, n, &old, there ? &new : NULL);
    }
    for (const char *cursor = after; next_line(&cursor, &new);)
        if (!is_named(&new, p->key) && !find(before, &new, &old))
            n = add_difference(b, n, NULL, &new);
    return n;
}

static void note(struct buf *lines, const struct line *line)
{
    struct line there;
    if (find(buf_text(lines), line, &there))
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

size_t flags_turned_back(const struct provider *p, const char *base, const char *lines,
                         const char *after, struct buf *b)
{
    size_t n = 0;
    struct line set;
    for (const char *cursor = lines; next_line(&cursor, &set);) {
        struct line before = value_in(base, &set), now = value_in(after, &set);
        if (is_named(&set, p->key) || !same_value(&before, &now) || same_value(&set, &now))
            continue;
        n = add_difference(b, n, &before, &set);
        buf_add(b, " → ");
        buf_add_bytes(b, now.value, now.value_bytes);
    }
    return n;
}
