/* SPDX-License-Identifier: Apache-2.0 */
/* Who somebody is: the [people] list, what a chat says of an account, and the Stax user behind a
   person. */
#include "tests/unit/unit.h"

#include "adapters/stax/provider.h"
#include "core/person.h"

static struct people people;
static struct arena arena;

static void add(const char *key, const char *chat, const char *id)
{
    struct person *p = NULL;
    for (size_t i = 0; i < people.count; i++)
        if (strcmp(people.rows[i].key, key) == 0)
            p = &people.rows[i];
    if (!p) {
        p = &people.rows[people.count++];
        STR_SET(p->key, key);
    }
    STR_SET(p->ids[p->id_count].chat, chat);
    STR_SET(p->ids[p->id_count++].id, id);
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    memset(&people, 0, sizeof people);
    add("ada@example.com", "slack", "U0AAA");
    add("ada@example.com", "slack", "U0AA2");
    add("ada@example.com", "matrix", "@ada:example.com");
    add("ben@example.com", "slack", "U0BBB");
    add("cid@example.com", "slack", "U0TWO");
    add("dan@example.com", "slack", "U0TWO");
    add("eve@example.com", "slack", "U0EVE");
    add("eve@example.com", "slack", "U0EVE");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void a_chat_account_is_one_person_or_nobody(void **state)
{
    (void)state;
    static const struct {
        const char *chat, *id, *key, *why;
    } cases[] = {
        { "slack", "U0AAA", "ada@example.com", "" },
        { "slack", "U0AA2", "ada@example.com", "" },
        { "matrix", "@ada:example.com", "ada@example.com", "" },
        { "slack", "U0BBB", "ben@example.com", "" },
        { "slack", "U0EVE", "eve@example.com",
          "" }, /* the same account twice in one row is one person */
        { "slack", "U0TWO", NULL, "more than one Stax user" },
        { "slack", "U0CCC", NULL, "not in the [people] list" },
        { "matrix", "U0AAA", NULL, "not in the [people] list" }, /* another chat's id */
        { "slack", "@ada:example.com", NULL, "not in the [people] list" },
        { "slack", "u0aaa", NULL, "not in the [people] list" }, /* ids are exact */
        { "slack", "U0AAA ", NULL, "not in the [people] list" },
        { "slack", "", NULL, "not in the [people] list" },
        { "slack", NULL, NULL, "not in the [people] list" },
        { "", "", NULL, "not in the [people] list" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum person_lack lack;
        const struct person *p = people_find(&people, cases[i].chat, cases[i].id, &lack);
        assert_int_equal(p != NULL, cases[i].key != NULL);
        if (p)
            assert_string_equal(p->key, cases[i].key);
        assert_non_null(strstr(person_lack_text(lack, &stax_provider, &arena), cases[i].why));
    }
}

static void keys_ignore_case_and_ids_belong_to_their_chat(void **state)
{
    (void)state;
    const struct person *ada = people_by_key(&people, "ADA@Example.COM");
    assert_non_null(ada);
    assert_string_equal(person_chat_id(ada, "slack"), "U0AAA");
    assert_string_equal(person_chat_id(ada, "matrix"), "@ada:example.com");
    assert_null(person_chat_id(people_by_key(&people, "ben@example.com"), "matrix"));
    assert_null(person_chat_id(NULL, "slack"));
    assert_null(people_by_key(&people, ""));
    assert_null(people_by_key(&people, NULL));
    assert_null(people_by_key(&people, "ada@example.co"));
}

/* Every combination of flags: only the empty one may act, and the sentence is that of a flag which
   is set. */
static void every_flag_refuses(void **state)
{
    (void)state;
    static const struct {
        unsigned flag;
        const char *word;
    } flags[] = {
        { IDENTITY_GUEST, "guest" },
        { IDENTITY_STRANGER, "another workspace" },
        { IDENTITY_BOT, "bots" },
        { IDENTITY_GONE, "deactivated" },
        { IDENTITY_INVITED, "joined" },
        { IDENTITY_UNREAD, "did not tell" },
        { IDENTITY_MALFORMED, "well-formed" },
    };
    assert_null(identity_refusal(0));
    for (unsigned set = 1; set < 1u << COUNT(flags); set++) {
        const char *why = identity_refusal(set);
        assert_non_null(why);
        bool named = false;
        for (size_t i = 0; i < COUNT(flags); i++)
            named |= (set & flags[i].flag) && strstr(why, flags[i].word);
        assert_true(named);
    }
}

static const struct roster_user roster_users[] = {
    { "7c0e0000-0000-4000-8000-000000000001", "Ada@Example.com", "Ada", "customer_admin",
      "ACTIVE" },
    { "7c0e0000-0000-4000-8000-000000000002", "ben@example.com", "Ben", "customer_admin",
      "DISABLED" },
    { "7c0e0000-0000-4000-8000-000000000003", "ben@example.com", "Ben again", "customer_admin",
      "ACTIVE" },
    { "7c0e0000-0000-4000-8000-000000000004", "cid@example.com", "Cid", "customer_admin",
      "ACTIVE" },
    { "7c0e0000-0000-4000-8000-000000000005", "CID@example.com", "Cid again", "customer_user",
      "ACTIVE" },
    { "7c0e0000-0000-4000-8000-000000000006", "dan@example.com", "Dan", "customer_admin",
      "INVITED" },
    { "7c0e0000-0000-4000-8000-000000000007", "", "Without mail", "customer_admin", "ACTIVE" },
    { "7c0e0000-0000-4000-8000-000000000008", "low@example.com", "Low", "customer_admin",
      "active" },
};

static void the_stax_user_is_the_one_active_match(void **state)
{
    (void)state;
    static const struct {
        const char *key, *name, *why;
    } cases[] = {
        { "ada@example.com", "Ada", "" },
        { "7C0E0000-0000-4000-8000-000000000001", "Ada", "" },
        { "ben@example.com", "Ben again", "" }, /* the disabled one does not stand in the way */
        { "cid@example.com", NULL, "more than one" },
        { "7c0e0000-0000-4000-8000-000000000004", "Cid", "" }, /* the Id tells them apart */
        { "dan@example.com", NULL, "not active" },
        { "low@example.com", NULL, "not active" },
        { "eve@example.com", NULL, "no Stax user matches" },
        { "ada@example.com.", NULL, "no Stax user matches" },
    };
    struct survey roster = { .users = roster_users, .user_count = COUNT(roster_users) };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct person p = { .id_count = 0 };
        enum person_lack lack;
        STR_SET(p.key, cases[i].key);
        const struct roster_user *user = person_user(&p, &roster, &lack);
        assert_int_equal(user != NULL, cases[i].name != NULL);
        assert_int_equal(user != NULL, lack == LACK_NONE);
        if (user)
            assert_string_equal(user->name, cases[i].name);
        assert_non_null(strstr(person_lack_text(lack, &stax_provider, &arena), cases[i].why));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chat_account_is_one_person_or_nobody),
        cmocka_unit_test(keys_ignore_case_and_ids_belong_to_their_chat),
        cmocka_unit_test(every_flag_refuses),
        cmocka_unit_test(the_stax_user_is_the_one_active_match),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
