/* SPDX-License-Identifier: Apache-2.0 */
/* Each row of the table of adapters is whole: what it names is there, and what its role needs is
   filled in. What a new adapter forgets is found here. */
#include "tests/unit/unit.h"

#include "adapters/mail/settings.h"
#include "cli/bot.h"
#include "cli/kinds.h"
#include "config/config_rows.h"
#include "net/http.h"
#include "net/loop.h"

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
        for (size_t k = 0; k < SETTING_LATER; k++)
            named |= str_equal(key, row.section->later[k]);
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

/* ---- as adapters ---- */

static struct loop *loop;
static struct http *http;
static struct inbox inbox;

static struct adapter *make(const struct adapter_kind *kind)
{
    static const struct policy policy = { .approvals = 1 };
    static const struct people nobody = { .count = 0 };
    static _Alignas(max_align_t) unsigned char own[CONFIG_OWN_BYTES];
    struct mail_settings mail = { .smtp_url = "smtps://mail.example", .from = "me@example.com" };
    struct err err = { "" };
    memset(own, 0, sizeof own);
    if (kind->role == ADAPTER_MAIL)
        memcpy(own, &mail, sizeof mail);
    struct adapter_world world = { .loop = loop,
                                   .http = http,
                                   .inbox = &inbox,
                                   .settings = own,
                                   .policy = &policy,
                                   .people = &nobody,
                                   .salt = "5a17",
                                   .renders_only = true };
    struct adapter *adapter = kind->make(&world, &err);
    if (!adapter)
        fail_msg("%s: %s", kind->venue->name, err.text);
    return adapter;
}

static bool is_of(enum adapter_role role, enum effect_kind kind)
{
    bool provides = kind == EFFECT_SURVEY || kind == EFFECT_CHANGE;
    bool engines = kind == EFFECT_SAY || kind == EFFECT_RECALL || kind == EFFECT_REPLY ||
                   kind == EFFECT_OFFER || kind == EFFECT_KIND_COUNT;
    switch (role) {
    case ADAPTER_CHAT:
        return !provides && !engines && kind != EFFECT_MAIL && kind != EFFECT_RUN &&
               kind != EFFECT_ERRAND && kind != EFFECT_ROOT_LOOK;
    case ADAPTER_PROVIDER: return provides;
    case ADAPTER_MAIL: return kind == EFFECT_MAIL;
    case ADAPTER_ALARM: return kind == EFFECT_RUN;
    case ADAPTER_WATCHER: return kind == EFFECT_ERRAND || kind == EFFECT_ROOT_LOOK;
    }
    return false;
}

static void refuses_what_is_not_its_own(const struct adapter_kind *kind)
{
    struct adapter *adapter = make(kind);
    CLEANUP(buf_done) struct buf drawn;
    buf_init(&drawn, 64);
    for (int k = 0; k < EFFECT_KIND_COUNT; k++) {
        struct err err = { "" };
        struct effect effect = { .kind = (enum effect_kind)k, .id = 7 };
        if (is_of(kind->role, effect.kind))
            continue;
        if (adapter->ops->perform(adapter, &effect, &err))
            fail_msg("%s takes “%s”", kind->venue->name, effect_names[k]);
        assert_non_null(strstr(err.text, effect_names[k]));
    }
    if (kind->role != ADAPTER_CHAT) {
        struct err err = { "" };
        assert_false(adapter->ops->render(adapter, NULL, &drawn, &err));
        assert_non_null(strstr(err.text, "is no chat"));
        adapter->ops->acknowledge(adapter, &(struct event){ .kind = EVENT_MARK });
    }
    assert_int_equal(inbox_count(&inbox), 0);
    assert_int_equal(adapter->ops->role, kind->role);
    assert_string_equal(adapter->ops->name, kind->venue->name);
    adapter->ops->stop(adapter);
}

/* The engine is told at once, and waits for no event. */
static void what_is_of_another_role_is_refused_by_its_name(void **state)
{
    (void)state;
    struct err err = { "" };
    inbox_init(&inbox, NULL, NULL);
    loop = loop_new(&err);
    assert_non_null(loop);
    http = http_new(loop, &err);
    assert_non_null(http);
    for (size_t i = 0; adapter_kinds[i]; i++)
        refuses_what_is_not_its_own(adapter_kinds[i]);
    http_free(http);
    loop_free(loop);
    inbox_done(&inbox);
}

static void what_has_no_manifest_is_told_apart(void **state)
{
    (void)state;
    assert_int_equal(cli_manifest("nobody"), -1);
    assert_int_equal(cli_manifest("mail"), -1); /* a kind without one */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_that_is_named_is_there),
        cmocka_unit_test(every_secret_and_anchor_is_named),
        cmocka_unit_test(no_two_settings_share_their_place),
        cmocka_unit_test(each_role_has_what_it_needs),
        cmocka_unit_test(what_is_of_another_role_is_refused_by_its_name),
        cmocka_unit_test(what_has_no_manifest_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
