/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration of any bytes: read, looked over, compared with another one; and the texts that
   its rows are made of. */
#include "tests/fuzz/fuzz.h"

#include "cli/kinds.h"
#include "config/advice.h"
#include "config/config.h"
#include "config/config_changes.h"
#include "config/config_files.h"
#include "core/duration.h"

#include <stdlib.h>
#include <string.h>

static void note(void *arg, const struct advice *a)
{
    (void)arg;
    FUZZ_PROMISE(a->text[0], "advice says something", "");
}

static void differs(void *arg, enum config_when when, const char *setting, const char *was,
                    const char *now)
{
    (void)when;
    FUZZ_PROMISE(!str_equal(was, now), "only what differs is a change", setting);
    ++*(size_t *)arg;
}

/* The text of a configuration's rules says the same as the configuration. */
static void rules(const struct config *c)
{
    CLEANUP(buf_done) struct buf text, again;
    size_t changes = 0;
    buf_init(&text, 1 << 20);
    buf_init(&again, 1 << 20);
    config_rules_text(c, &text);
    config_rules_text(c, &again);
    config_compare_rules(buf_text(&text), buf_text(&again), differs, &changes);
    config_compare(c, c, differs, &changes);
    FUZZ_PROMISE(changes == 0, "a configuration does not differ from itself", buf_text(&text));
    config_compare_rules("", buf_text(&text), differs, &changes);
}

static void durations(const char *text)
{
    ms_t ms, again;
    CLEANUP(buf_done) struct buf typed;
    buf_init(&typed, 64);
    if (!duration_read(text, &ms))
        return;
    FUZZ_PROMISE(ms >= 0 && ms <= 366 * MS_DAY, "a duration is at most 366 days", text);
    duration_add_typed(&typed, ms);
    FUZZ_PROMISE(duration_read(buf_text(&typed), &again) && again == ms,
                 "as it would be typed it is the same", buf_text(&typed));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    static struct config c, other;
    CLEANUP(buf_done) struct buf errors, more;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    buf_init(&errors, 1 << 20);
    buf_init(&more, 1 << 20);
    const char *path = fuzz_file("config", bytes, count);
    struct fuzz_pieces p = fuzz_pieces(bytes, count, &arena);
    durations(fuzz_text(&p));
    bool good = config_read(path, adapter_kinds, &c, &errors);
    FUZZ_PROMISE(good || errors.bytes, "a refusal says why", "");
    FUZZ_PROMISE(config_read_for_restore(path, adapter_kinds, &other, &more) || !good,
                 "what is good is good enough for a restore", buf_text(&more));
    advice_give(&c, note, NULL);
    if (good) {
        config_files_check(&c, NULL, &errors);
        rules(&c);
    }
    arena_done(&arena);
    return 0;
}
