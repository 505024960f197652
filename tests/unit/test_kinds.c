/* SPDX-License-Identifier: Apache-2.0 */
/* Each row of the table of adapters is whole: what it names is there, and what its role needs is
   filled in. What a new adapter forgets is found here. */
#include "tests/unit/unit.h"

#include "cli/kinds.h"
#include "config/config_rows.h"

#include <string.h>

static void wants_key(const struct adapter_kind *kind, const char *key)
{
    if (!setting_named(kind->section, key))
        fail_msg("[%s] has no key %s, and is said to have it", kind->section->name, key);
}

static void every_key_that_is_named_is_there(void **state)
{
    (void)state;
    for (size_t i = 0; adapter_kinds[i]; i++) {
        const struct adapter_kind *kind = adapter_kinds[i];
        const struct setting_section *section = kind->section;
        const struct adapter_remedy *remedy = kind->checks.remedies;
        const char *const keys[] = { section->secrets[0],    section->secrets[1],
                                     section->anchor,        section->place,
                                     section->word,          kind->checks.late_key,
                                     kind->checks.partly_key };
        for (size_t k = 0; k < COUNT(keys); k++)
            if (keys[k])
                wants_key(kind, keys[k]);
        assert_non_null(remedy);
        for (; remedy->words[0]; remedy++)
            wants_key(kind, remedy->key);
        wants_key(kind, remedy->key);
    }
}

static void every_secret_and_anchor_is_named(void **state)
{
    (void)state;
    struct config_row row;
    for (size_t i = 0; config_row_at(adapter_kinds, i, &row); i++) {
        if (!row.kind)
            continue;
        const char *const *secrets = row.section->secrets, *key = row.setting->key;
        bool named = str_equal(key, row.section->anchor) || str_equal(key, secrets[0]) ||
                     str_equal(key, secrets[1]);
        if (row.setting->kind == SETTING_SECRET || row.setting->kind == SETTING_ANCHOR)
            assert_true(named);
    }
}

/* The table's order of a section is the order of its struct only by chance: each value has bytes
   of its own. */
static void no_two_settings_share_their_place(void **state)
{
    (void)state;
    static unsigned char taken[CONFIG_OWN_BYTES];
    for (size_t i = 0; adapter_kinds[i]; i++) {
        const struct setting_section *section = adapter_kinds[i]->section;
        memset(taken, 0, sizeof taken);
        for (size_t k = 0; k < section->count; k++) {
            const struct setting *s = &section->rows[k];
            if (s->home != SETTING_OWN)
                continue;
            assert_true(s->offset + s->bytes <= section->bytes);
            for (size_t b = s->offset; b < s->offset + s->bytes; b++)
                assert_int_equal(taken[b]++, 0);
        }
    }
}

/* A lift says where it lowers protection, whatever has been counted and whoever is named. */
static void tells_reach(const struct provider *p, int64_t accounts, const char *account)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 640);
    p->add_reach(&b, accounts, account);
    assert_true(b.bytes > 0 && !b.overflow);
}

static void speaks_for_itself(const struct adapter_kind *kind)
{
    const struct provider *p = kind->provider;
    wants_key(kind, "organisation");
    wants_key(kind, "lift_gives_up");
    assert_non_null(p);
    assert_string_equal(p->title, kind->venue->title);
    assert_string_equal(p->console, kind->venue->place);
    assert_true(p->switch_at[0] && p->feed[0] && p->account[0] && p->guardrail[0] &&
                p->key_name[0] && p->admin_role[0]);
    assert_true(p->key[0] && !strpbrk(p->key, "=\n"));
    bool knows = p->leaves_rest;
    for (size_t i = 0; i < p->known_count; i++)
        knows |= str_equal(p->known[i], p->key);
    assert_true(knows); /* else nothing would ever be lifted */
    tells_reach(p, 0, "");
    tells_reach(p, 1, "bakery (222222222222)");
    tells_reach(p, INT64_MAX, "");
}

static void each_role_has_what_it_needs(void **state)
{
    (void)state;
    size_t count[ADAPTER_WATCHER + 1] = { 0 };
    for (size_t i = 0; adapter_kinds[i]; i++) {
        const struct adapter_kind *kind = adapter_kinds[i];
        count[kind->role]++;
        assert_true(i < CONFIG_KINDS && kind->section->bytes <= CONFIG_OWN_BYTES);
        assert_string_equal(kind->section->name, kind->venue->name);
        assert_true(kind->venue->title[0] && kind->venue->place[0]);
        assert_non_null(kind->make);
        for (size_t k = 0; adapter_kinds[k]; k++)
            assert_true(k == i || !str_equal(adapter_kinds[k]->venue->name, kind->venue->name));
        if (kind->role == ADAPTER_CHAT) {
            assert_true(strlen(kind->venue->name) < sizeof((struct person *)0)->ids[0].chat);
            assert_true(kind->is_id && kind->id_advice && kind->id_example);
            assert_true(kind->section->place && kind->section->word);
            assert_true(kind->checks.connected && kind->checks.late && kind->checks.member &&
                        kind->checks.stranger);
        }
        if (kind->role == ADAPTER_PROVIDER)
            speaks_for_itself(kind);
        assert_true(!kind->ahead_ms || kind->checks.clock);
        assert_true(!kind->probe || kind->checks.connected);
    }
    assert_true(count[ADAPTER_CHAT] && count[ADAPTER_PROVIDER]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_that_is_named_is_there),
        cmocka_unit_test(every_secret_and_anchor_is_named),
        cmocka_unit_test(no_two_settings_share_their_place),
        cmocka_unit_test(each_role_has_what_it_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
