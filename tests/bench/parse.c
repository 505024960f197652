/* SPDX-License-Identifier: Apache-2.0 */
/* How long the loop stands still for an answer of 8 MiB, of every kind that costs most. Figures,
   never pass or fail.   usage: tests/bench/parse */
#include "adapters/matrix/sanitise.h"
#include "adapters/stax/codec.h"
#include "core/limits.h"
#include "core/person.h"
#include "host/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct buf b;
static struct arena arena;

/* before one, one, … behind: as much as an answer may hold, or as many as there may be. */
static void fill(const char *before, const char *one, const char *behind, size_t most)
{
    buf_clear(&b);
    buf_add(&b, before);
    for (size_t n = 0;
         n < most && b.bytes + strlen(one) + strlen(behind) + 2 < LIMIT_HTTP_BODY_BYTES; n++) {
        buf_add(&b, n ? "," : "");
        buf_add(&b, one);
    }
    buf_add(&b, behind);
}

/* Of the processor: what else the machine does is none of it. */
static uint64_t spent_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void tell(const char *what, uint64_t begun_us)
{
    printf("%6.1f ms  %5.1f MiB  %s\n", (double)(spent_us() - begun_us) / 1000,
           (double)b.bytes / 1048576, what);
    arena_reset(&arena);
}

/* What is read in slices stops the loop for the longest of them. */
static uint64_t longest_us, slice_begun_us;

static void begin_slice(void) { slice_begun_us = spent_us(); }

static void end_slice(void)
{
    uint64_t us = spent_us() - slice_begun_us;
    longest_us = us > longest_us ? us : longest_us;
}

static void tell_slices(const char *what, uint64_t begun_us)
{
    printf("%6.1f ms  %5.1f MiB  %s; in slices of at most %.1f ms\n",
           (double)(spent_us() - begun_us) / 1000, (double)b.bytes / 1048576, what,
           (double)longest_us / 1000);
    longest_us = 0;
}

static void parse_matrix(const char *what)
{
    struct matrix_parsed parsed;
    uint64_t begun = spent_us();
    bool at_end = false;
    struct matrix_parser *parser = matrix_parser_new(buf_text(&b), b.bytes);
    while (!at_end) {
        begin_slice();
        at_end = matrix_parser_read(parser, LIMIT_SLICE_BYTES);
        end_slice();
    }
    begin_slice();
    json_decref(matrix_parser_end(parser, &parsed));
    end_slice();
    tell_slices(what, begun);
}

static void show_slack(const char *what)
{
    struct json_list list;
    uint64_t begun = spent_us();
    begin_slice();
    json_decref(json_read_around(buf_text(&b), b.bytes, "messages", true, &list, NULL));
    end_slice();
    list.stub_key = "ts";
    list.most = LIMIT_SLICE_BYTES;
    for (bool more = true; more;) {
        const char *from = list.at;
        json_t *element;
        begin_slice();
        while (list.at - from <= LIMIT_SLICE_BYTES && (element = json_list_next(&list)) != NULL)
            json_decref(element);
        more = list.at - from > LIMIT_SLICE_BYTES;
        end_slice();
    }
    tell_slices(what, begun);
}

static void matrix(void)
{
    static char event[70000], poison[70000];
    snprintf(
        event, sizeof event,
        "{\"type\":\"m.room.message\",\"event_id\":\"$1\",\"content\":{\"body\":\"%060000d\"}}", 0);
    fill("{\"next_batch\":\"s\",\"chunk\":[", event, "]}", 100000);
    parse_matrix("matrix: long messages");
    snprintf(poison, sizeof poison,
             "{\"a\":1,\"content\":{\"body\":\"\\u0000%060000d\",\"a\":1e999}}", 0);
    fill("{\"next_batch\":\"s\",\"chunk\":[", poison, "]}", 100000);
    parse_matrix("matrix: long messages with a NUL in each");
    fill("{\"next_batch\":\"s\",\"chunk\":[", "{\"k\\u0000\":\"\\ud800\",\"n\":1e999}", "]}",
         100000);
    parse_matrix("matrix: short poison");
    fill("{\"next_batch\":\"s\",\"chunk\":[", "{\"a\":1,\"a\":2}", "]}", 1000000);
    parse_matrix("matrix: duplicate keys, events that are left out");
    fill("{\"next_batch\":\"s\",\"chunk\":[{\"v\":[", "{}", "]}]}", 10000000);
    parse_matrix("matrix: one event of empty objects");
    fill("{\"next_batch\":\"s\",\"x\":[", "{}", "]}", 10000000);
    parse_matrix("matrix: empty objects around the events");
}

static void read_list(const char *what, struct stax_reading *r, uint64_t begun)
{
    struct err err = { "" };
    int64_t next;
    end_slice();
    for (bool more = true; more;) {
        begin_slice();
        more = stax_go_on(r, LIMIT_SLICE_BYTES);
        end_slice();
    }
    stax_end(r, &next, &err);
    tell_slices(what, begun);
    arena_reset(&arena);
}

static struct people people;

static void users(const char *what, const char *one, size_t most)
{
    struct survey survey = { 0 };
    struct stax_wanted wanted;
    struct effect_survey about = { .people = &people };
    stax_want(&arena, &about, &wanted);
    fill("{\"Users\":[", one, "]}", most);
    begin_slice();
    read_list(what, stax_users_begin(buf_text(&b), b.bytes, &wanted, &arena, &survey),
              slice_begun_us);
}

static void accounts(const char *what, const char *one, size_t most)
{
    struct survey survey = { 0 };
    struct stax_mailboxes mailboxes = { 0 };
    fill("{\"Accounts\":[", one, "]}", most);
    begin_slice();
    read_list(what,
              stax_accounts_begin(buf_text(&b), b.bytes, "bakery", &arena, &survey, &mailboxes),
              slice_begun_us);
}

static void stax(void)
{
    static char one[70000];
    struct survey survey = { 0 };
    struct err err = { "" };
    people.count = 253;
    for (size_t i = 0; i < people.count; i++)
        snprintf(people.rows[i].key, sizeof people.rows[i].key, "user%zu@example.com", i);
    snprintf(one, sizeof one,
             "{\"Id\":\"6a1b7c7e-0000-4000-8000-000000000001\",\"Email\":\"somebody.else@"
             "example.com\",\"Name\":\"%0150d\",\"Role\":\"customer_readonly\",\"Status\":"
             "\"ACTIVE\",\"AuthOrigin\":\"STAX\",\"MFAEnabled\":true,\"CreatedTS\":\"2020-01-"
             "01T00:00:00Z\",\"ModifiedTS\":\"2020-01-01T00:00:00Z\"}",
             0);
    users("stax: 20,000 users, 253 rows of [people]", one, LIMIT_USERS);
    users("stax: users that cannot be read", "{\"Id\":tru}", 10000000);
    snprintf(
        one, sizeof one, "{\"Id\":[%.*s0]}", 320,
        "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
        "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
        "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
        "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,");
    users("stax: users of many values", one, LIMIT_USERS);
    snprintf(one, sizeof one,
             "{\"Id\":\"1\",\"Email\":\"user1@example.com\",\"Name\":\"%060000d\"}", 0);
    users("stax: users with long names", one, LIMIT_USERS);
    snprintf(one, sizeof one,
             "{\"Id\":\"7e19\",\"AwsAccountId\":\"111111111111\",\"Name\":\"%0250d\","
             "\"AccountRole\":\"MEMBER\",\"Status\":\"ACTIVE\"}",
             0);
    accounts("stax: 20,000 accounts on one page", one, LIMIT_ACCOUNTS);
    fill("{\"OrganisationId\":\"o\",\"Configuration\":{\"SCP\":{},\"RCP\":{\"A\":[", "0", "]}}}",
         10000000);
    uint64_t begun = spent_us();
    stax_guardrail(buf_text(&b), b.bytes, &arena, &survey, &err);
    tell("stax: a guardrail document of 8 MiB", begun);
}

static void slack(void)
{
    struct err err = { "" };
    static char message[50000];
    snprintf(message, sizeof message,
             "{\"type\":\"message\",\"user\":\"U1\",\"ts\":\"1.2\",\"text\":\"%040000d\"}", 0);
    fill("{\"ok\":true,\"messages\":[", message, "]}", 100000);
    show_slack("slack: a page of long messages");
    fill("{\"ok\":true,\"messages\":[", "{\"ts\":\"1\",\"a\":tru}", "]}", 1000000);
    show_slack("slack: a page of messages that are left out");
    fill("{\"ok\":true,\"messages\":[", "{\"a\":tru}", "]}", 1000000);
    show_slack("slack: a page of messages that are left out, and nobody knows when they were said");
    fill("{\"ok\":true,\"messages\":[], \"a\":[", "\"\"", "]}", 10000000);
    show_slack("slack: empty texts around no message");
    fill("{\"ok\":true,\"messages\":[", "{\"a\":{}}", "]}", LIMIT_JSON_PAGE_VALUES / 9 - 10);
    uint64_t begun = spent_us();
    json_decref(json_read_page(buf_text(&b), b.bytes, LIMIT_SLACK_ANSWER_BYTES, &err));
    tell("slack: as many values as any other answer may have", begun);
    fill("{\"ok\":true,\"a\":[", message, "]}", LIMIT_SLACK_ANSWER_BYTES / 40100);
    begun = spent_us();
    json_decref(json_read_page(buf_text(&b), b.bytes, LIMIT_SLACK_ANSWER_BYTES, &err));
    tell("slack: any other answer with long text", begun);
}

int main(void)
{
    buf_init(&b, LIMIT_HTTP_BODY_BYTES);
    arena_init(&arena, LIMIT_ARENA_BYTES);
    matrix();
    stax();
    slack();
    buf_done(&b);
    arena_done(&arena);
    return 0;
}
