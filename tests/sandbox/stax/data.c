/* SPDX-License-Identifier: Apache-2.0 */
/* The organisation "bakers": its people, its AWS accounts and the API token. */
#include "tests/sandbox/stax/data.h"
#include "tests/sandbox/stax/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEAM_ACCOUNTS = 50, PAGE_MAX = 1000 };

static const char ORGANISATION_ID[] = "5c1d0000-0000-4000-8000-000000000000";
static const char CUSTOMER_ID[] = "c0570000-0000-4000-8000-000000000000";
static const char TOKEN_USER_ID[] = "70ce0000-0000-4000-8000-000000000000";
static const char SINCE[] = "2026-01-05T00:00:00.000Z";
static const char TEMPLATE[] = "aws+${Stax::AccountId}@example.com";

static const struct person {
    const char *name, *first, *last, *id, *role;
    bool federated; /* known through single sign-on only */
} PEOPLE[] = {
    { "ana", "Ana", "Archer", "a11a0000-0000-4000-8000-000000000001", "customer_admin", false },
    { "ben", "Ben", "Baker", "be110000-0000-4000-8000-000000000002", "customer_admin", false },
    { "cleo", "Cleo", "Cooper", "c1e00000-0000-4000-8000-000000000003", "customer_admin", true },
    { "dan", "Dan", "Dyer", "da110000-0000-4000-8000-000000000004", "customer_user", false },
};
enum { PERSON_COUNT = sizeof PEOPLE / sizeof *PEOPLE };

static const struct account {
    const char *name, *aws_id, *role, *origin, *status;
    bool email; /* else only the organisation's template tells it, if anything */
} ACCOUNTS[] = {
    { "management", "111111111111", "MANAGEMENT", "EXTERNAL", "ACTIVE", true },
    { "security", "555555555555", "SECURITY", "STAX", "ACTIVE", true },
    { "logging", "666666666666", "LOGGING", "STAX", "ACTIVE", true },
    { "bakery", "222222222222", "MEMBER", "STAX", "ACTIVE", true },
    { "brewery", "333333333333", "MEMBER", "STAX", "ACTIVE", false },
    { "cellar", "444444444444", "MEMBER", "STAX", "SUSPENDED", true },
    { "twin", "777777777777", "MEMBER", "STAX", "ACTIVE", true },
    { "twin", "888888888888", "MEMBER", "STAX", "ACTIVE", true },
    { "external", "999999999999", "MEMBER", "EXTERNAL", "ACTIVE", false },
};

struct staxd_data {
    json_t *users[PERSON_COUNT];
    json_t *accounts;
    json_t *organisation;
};

static json_t *user_new(const struct person *p)
{
    json_t *user = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "Id", p->id,
                             "OrganisationId", ORGANISATION_ID, "CustomerId", CUSTOMER_ID,
                             "FirstName", p->first, "LastName", p->last, "Role", p->role, "Status",
                             "ACTIVE", "CreatedTS", SINCE, "ModifiedTS", SINCE, "CreatedBy",
                             TOKEN_USER_ID);
    json_object_set_new(user, "Email", json_sprintf("%s@example.com", p->name));
    json_object_set_new(user, "Name", json_sprintf("%s %s", p->first, p->last));
    json_object_set_new(user, "AuthOrigin", p->federated ? json_null() : json_string("idam"));
    json_object_set_new(user, "MFAEnabled", p->federated ? json_null() : json_true());
    return user;
}

static json_t *account_new(const struct account *a)
{
    char id[STAXD_UUID_BYTES];
    snprintf(id, sizeof id, "acc00000-0000-4000-8000-%s", a->aws_id);
    json_t *account = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:n, s:{s:s}}", "Id", id,
        "OrganisationId", ORGANISATION_ID, "CustomerId", CUSTOMER_ID, "Name", a->name,
        "AwsAccountId", a->aws_id, "AwsAccountName", a->name, "AccountRole", a->role, "Origin",
        a->origin, "Status", a->status, "StaxCreated", strcmp(a->origin, "STAX") == 0, "CreatedTS",
        SINCE, "AssuranceState", "ACTIVE", "AccountType", "Tags", "CostCentre", "flour");
    if (a->email)
        json_object_set_new(account, "Email", json_sprintf("aws+%s@example.com", id));
    return account;
}

/* Enough of them that one page does not hold all. */
static void add_teams(json_t *accounts)
{
    for (unsigned i = 1; i <= TEAM_ACCOUNTS; i++) {
        char name[16], aws_id[16];
        snprintf(name, sizeof name, "team-%02u", i % 100);
        snprintf(aws_id, sizeof aws_id, "2000000000%02u", i % 100);
        json_array_append_new(accounts, account_new(&(struct account){ name, aws_id, "MEMBER",
                                                                       "STAX", "ACTIVE", true }));
    }
}

void staxd_data_add_members(struct staxd_data *d, unsigned count)
{
    for (unsigned i = 1; i <= count; i++) {
        char name[24], aws_id[16];
        snprintf(name, sizeof name, "member-%05u", i % 100000);
        snprintf(aws_id, sizeof aws_id, "3000000%05u", i % 100000);
        json_array_append_new(d->accounts, account_new(&(struct account){
                                               name, aws_id, "MEMBER", "STAX", "ACTIVE", true }));
    }
}

struct staxd_data *staxd_data_new(void)
{
    struct staxd_data *d = calloc(1, sizeof *d);
    if (!d)
        staxd_die("out of memory");
    for (size_t i = 0; i < PERSON_COUNT; i++)
        d->users[i] = user_new(&PEOPLE[i]);
    d->accounts = json_array();
    for (size_t i = 0; i < sizeof ACCOUNTS / sizeof *ACCOUNTS; i++)
        json_array_append_new(d->accounts, account_new(&ACCOUNTS[i]));
    add_teams(d->accounts);
    d->organisation = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:[s], s:[], s:s, s:s, s:s}",
                                "Id", ORGANISATION_ID, "CustomerId", CUSTOMER_ID, "Alias", "bakers",
                                "Name", "Bakers", "Status", "ACTIVE", "AwsAccountEmailTemplate",
                                TEMPLATE, "AwsPartnerSupport", false, "AllowedDomains",
                                "example.com", "AttachedPolicies", "LandingZoneType", "STAX",
                                "Region", STAXD_REGION, "CreatedTS", SINCE);
    return d;
}

void staxd_data_free(struct staxd_data *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < PERSON_COUNT; i++)
        json_decref(d->users[i]);
    json_decref(d->accounts);
    json_decref(d->organisation);
    free(d);
}

const char *staxd_data_organisation_id(const struct staxd_data *d)
{
    return sandbox_text(d->organisation, "Id");
}

const char *staxd_data_token_user_id(void) { return TOKEN_USER_ID; }

static int person_index(const char *name)
{
    for (int i = 0; i < PERSON_COUNT; i++)
        if (strcmp(PEOPLE[i].name, name) == 0)
            return i;
    return -1;
}

const char *staxd_data_person_id(const struct staxd_data *d, const char *person)
{
    int i = person_index(person);
    return i < 0 ? NULL : sandbox_text(d->users[i], "Id");
}

/* ---- users ---- */

static bool one_user(const struct staxd_data *d, const char *id, json_t *users)
{
    for (size_t i = 0; i < PERSON_COUNT; i++)
        if (strcmp(sandbox_text(d->users[i], "Id"), id) == 0 &&
            strcmp(sandbox_text(d->users[i], "Status"), "DELETED") != 0)
            return json_array_append(users, d->users[i]) == 0;
    return false;
}

/* Every word of the list has to be one of the allowed. */
static bool words_allowed(const char *list, const char *allowed)
{
    char word[64];
    for (const char *at = list; at && *at;) {
        size_t length = strcspn(at, ",");
        if (!length || length >= sizeof word)
            return false;
        memcpy(word, at, length);
        word[length] = '\0';
        if (!staxd_listed(allowed, word))
            return false;
        at += length + (at[length] == ',');
    }
    return true;
}

static void list_users(const struct staxd_data *d, const struct staxd_question *q,
                       struct staxd_answer *answer)
{
    const char *kinds = staxd_query(q, "filter"), *statuses = staxd_query(q, "status_filter"),
               *ids = staxd_query(q, "id_filter");
    if (!words_allowed(kinds, "Team,Federated") ||
        !words_allowed(statuses, "ACTIVE,NEW,INVITED,DISABLED,DELETED")) {
        staxd_answer_error(answer, 400, "filter or status_filter holds an unknown word");
        return;
    }
    json_t *users = json_array();
    for (size_t i = 0; i < PERSON_COUNT; i++) {
        const char *status = sandbox_text(d->users[i], "Status");
        if (staxd_listed(kinds ? kinds : "Team", PEOPLE[i].federated ? "Federated" : "Team") &&
            staxd_listed(statuses ? statuses : "ACTIVE,NEW,INVITED,DISABLED", status) &&
            staxd_listed(ids, sandbox_text(d->users[i], "Id")))
            json_array_append(users, d->users[i]);
    }
    staxd_answer_json(answer, 200, json_pack("{s:o}", "Users", users));
}

void staxd_data_users(const struct staxd_data *d, const struct staxd_question *q,
                      struct staxd_answer *answer)
{
    if (!q->tail[0]) {
        list_users(d, q, answer);
        return;
    }
    json_t *users = json_array();
    if (one_user(d, q->tail, users)) {
        staxd_answer_json(answer, 200, json_pack("{s:o}", "Users", users));
        return;
    }
    json_decref(users);
    staxd_answer_error(answer, 404, "User not found");
}

/* ---- accounts ---- */

static bool account_wanted(const json_t *account, const struct staxd_question *q)
{
    const char *like = staxd_query(q, "name_filter"), *name = sandbox_text(account, "Name");
    if (q->tail[0] && strcmp(q->tail, sandbox_text(account, "Id")) != 0)
        return false;
    return staxd_listed(staxd_query(q, "filter"), sandbox_text(account, "Status")) &&
           staxd_listed(staxd_query(q, "aws_account_id_filter"),
                        sandbox_text(account, "AwsAccountId")) &&
           staxd_listed(staxd_query(q, "account_names"), name) &&
           staxd_listed(staxd_query(q, "id_filter"), sandbox_text(account, "Id")) &&
           (!like || strcasestr(name, like));
}

static json_t *account_shown(json_t *account, bool tags)
{
    json_t *shown = json_copy(account);
    if (!tags)
        json_object_del(shown, "Tags");
    return shown;
}

/* A whole number from 0 to max; -1 for anything else. */
static long number(const char *text, long max)
{
    char *end = NULL;
    long n = text && *text ? strtol(text, &end, 10) : -1;
    return end && !*end && n >= 0 && n <= max ? n : -1;
}

static json_t *paging(long total, long offset, long limit)
{
    json_t *json = json_pack("{s:I, s:n, s:n}", "Total", (json_int_t)total, "NextOffset",
                             "PrevOffset");
    if (offset + limit < total)
        json_object_set_new(json, "NextOffset", json_integer(offset + limit));
    if (offset > 0)
        json_object_set_new(json, "PrevOffset", json_integer(offset > limit ? offset - limit : 0));
    return json;
}

void staxd_data_accounts(const struct staxd_data *d, const struct staxd_question *q,
                         struct staxd_answer *answer)
{
    const char *tags = staxd_query(q, "include_tags"), *first = staxd_query(q, "offset"),
               *most = staxd_query(q, "limit");
    long offset = first ? number(first, 1000000) : 0,
         limit = most ? number(most, PAGE_MAX) : PAGE_MAX, total = 0;
    if (offset < 0 || limit <= 0 ||
        !words_allowed(staxd_query(q, "filter"), "INITIALIZING,ACTIVE,SUSPENDED,MAINTENANCE,"
                                                 "AWSERROR,CLOSED,OFFBOARDED,DISCOVERED,ERROR")) {
        staxd_answer_error(answer, 400, "offset, limit or filter is out of range");
        return;
    }
    json_t *accounts = json_array(), *account;
    size_t i;
    json_array_foreach(d->accounts, i, account)
    {
        if (!account_wanted(account, q))
            continue;
        if (total >= offset && total < offset + limit)
            json_array_append_new(accounts,
                                  account_shown(account, !tags || strcmp(tags, "false") != 0));
        total++;
    }
    json_t *body = json_pack("{s:o}", "Accounts", accounts);
    if (first && most)
        json_object_set_new(body, "Paging", paging(total, offset, limit));
    staxd_answer_json(answer, 200, body);
}

void staxd_data_organisation(const struct staxd_data *d, const struct staxd_question *q,
                             struct staxd_answer *answer)
{
    (void)q;
    staxd_answer_json(answer, 200, json_pack("{s:[O]}", "Organisations", d->organisation));
}

void staxd_data_tokens(const struct staxd_data *d, const struct staxd_question *q,
                       struct staxd_answer *answer)
{
    json_t *tokens = json_array();
    if (!q->tail[0] || strcmp(q->tail, STAXD_ACCESS_KEY) == 0)
        json_array_append_new(tokens,
                              json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:{}, s:s}", "AccessKey",
                                        STAXD_ACCESS_KEY, "Name", "reguard", "Description",
                                        "Lifts and restores one guardrail", "Role", "api_admin",
                                        "Status", "ACTIVE", "CreatedTS", SINCE, "Tags",
                                        "OrganisationId", staxd_data_organisation_id(d)));
    staxd_answer_json(answer, 200, json_pack("{s:o}", "ApiTokens", tokens));
}

/* ---- control and state ---- */

json_t *staxd_data_state(const struct staxd_data *d)
{
    json_t *users = json_array();
    for (size_t i = 0; i < PERSON_COUNT; i++)
        json_array_append_new(users, json_pack("{s:s, s:s, s:s}", "person", PEOPLE[i].name, "Role",
                                               sandbox_text(d->users[i], "Role"), "Status",
                                               sandbox_text(d->users[i], "Status")));
    return users;
}

bool staxd_data_set_user(struct staxd_data *d, const json_t *change)
{
    json_t *fields = json_copy((json_t *)(uintptr_t)change);
    int i = person_index(sandbox_text(change, "person"));
    json_object_del(fields, "person");
    bool done = i >= 0 && json_object_update(d->users[i], fields) == 0;
    json_decref(fields);
    return done;
}

/* By name or AWS account id; of two with that name the first. */
bool staxd_data_set_account(struct staxd_data *d, const json_t *change)
{
    const char *wanted = sandbox_text(change, "account");
    json_t *fields = json_copy((json_t *)(uintptr_t)change), *account;
    size_t i;
    bool done = false;
    json_object_del(fields, "account");
    json_array_foreach(d->accounts, i,
                       account) if (!done &&
                                    (strcmp(sandbox_text(account, "Name"), wanted) == 0 ||
                                     strcmp(sandbox_text(account, "AwsAccountId"), wanted) == 0))
        done = json_object_update(account, fields) == 0;
    json_decref(fields);
    return done;
}

/* A text is another organisation's id, an object changes fields. */
void staxd_data_set_organisation(struct staxd_data *d, const json_t *change)
{
    json_t *account;
    size_t i;
    if (json_is_object(change))
        json_object_update(d->organisation, (json_t *)(uintptr_t)change);
    else if (json_is_string(change))
        json_object_set_new(d->organisation, "Id", json_string(json_string_value(change)));
    const char *id = staxd_data_organisation_id(d);
    json_array_foreach(d->accounts, i, account)
        json_object_set_new(account, "OrganisationId", json_string(id));
    for (i = 0; i < PERSON_COUNT; i++)
        json_object_set_new(d->users[i], "OrganisationId", json_string(id));
}

void staxd_data_set_resold(struct staxd_data *d, bool resold)
{
    json_object_set_new(json_array_get(d->accounts, 0), "AccountRole",
                        json_string(resold ? "MANAGEMENT_RESELL" : "MANAGEMENT"));
}
