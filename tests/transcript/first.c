/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/transcript/first.h"

#include "adapters/matrix/codec_out.h"
#include "adapters/slack/codec_out.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOCK_SCREEN = 120 };

static bool has_one(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

/* By its number, or by its account's: "bakery (222222222222)", which may be cut. */
static bool names_a_case(const char *text)
{
    for (const char *at = text; *at; at++) {
        size_t digits = at[0] == '(' ? strspn(at + 1, "0123456789") : 0;
        bool cut = digits && at[1 + digits] == '\0';
        if (digits == 12 || cut || (strncmp(at, "G-", 2) == 0 && isdigit((unsigned char)at[2])))
            return true;
    }
    return false;
}

/* What a locked screen shows of a post says what happened, and to which request; what is nobody's
   request is called that, and what cannot be read is a matter of all of them. A post about no
   request says what it is about. */
const char *first_lacks(const char *text, bool of_a_case)
{
    static const char *const points[] = { "OFF",
                                          "ON",
                                          "asks",
                                          "failed",
                                          "stopped",
                                          "turned back",
                                          "Other guardrails",
                                          "Restoring",
                                          "Restored",
                                          "Declined",
                                          "Withdrawn",
                                          "Expired",
                                          "Refused",
                                          "OVERDUE",
                                          "Root was used",
                                          "tried to use root",
                                          "delete the policy",
                                          "Done and verified",
                                          "Not deleted",
                                          "is deleted",
                                          "delete the credentials",
                                          "are deleted",
                                          "NOT clean",
                                          "password to be recovered",
                                          "is allowed",
                                          "is gone" };
    static const char *const nobodys[] = { "nobody asked",    "nobody had asked",
                                           "outside reguard", "cannot read whether",
                                           "Root was used",   "tried to use root" };
    static const char *const subjects[] = { "oot protection", "records",       "reguard",
                                            "Slack",          "Matrix",        "configuration",
                                            "settings",       "connection",    "guardrails",
                                            "I run",          "Root was used", "root users",
                                            "to use root" };
    char first[LOCK_SCREEN + 1];
    str_copy(first, sizeof first, text);
    if (!of_a_case && !has_one(first, subjects, COUNT(subjects)))
        return "what it is about is not among the first characters";
    if (of_a_case && !has_one(first, points, COUNT(points)))
        return "the point is not among the first characters";
    if (of_a_case && !names_a_case(first) && !has_one(first, nobodys, COUNT(nobodys)))
        return "no request is named among the first characters";
    return NULL;
}

/* ---- as the chats show it ---- */

/* "<!date^…|fallback>", "<url|label>", "<@U0ANA>", "<!here>" (docs.slack.dev, "Formatting message
   text"). */
static void add_special(struct buf *b, const char *at, size_t bytes)
{
    const char *bar = memchr(at, '|', bytes);
    if (bar)
        buf_add_bytes(b, bar + 1, bytes - (size_t)(bar + 1 - at));
    else if (at[0] == '@')
        buf_add(b, "@Somebody Else");
    else
        buf_add_bytes(b, at, bytes);
}

/* Of what is no markup: &amp;, &lt;, &gt;. */
static size_t add_sign(struct buf *b, const char *at)
{
    static const struct {
        const char *name;
        char sign;
    } signs[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' } };
    for (size_t i = 0; i < COUNT(signs); i++)
        if (strncmp(at, signs[i].name, strlen(signs[i].name)) == 0) {
            buf_add_char(b, signs[i].sign);
            return strlen(signs[i].name);
        }
    buf_add_char(b, *at);
    return 1;
}

const char *first_in_slack(const struct message *m, const struct people *people,
                           struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_MESSAGE_BYTES);
    json_t *json = slack_message_json(m, people);
    for (const char *p = json_string_value(json_object_get(json, "text")); *p;) {
        const char *end = *p == '<' ? strchr(p, '>') : NULL;
        if (end)
            add_special(&b, p + 1, (size_t)(end - p - 1));
        p = end ? end + 1 : p + add_sign(&b, p);
    }
    json_decref(json);
    return arena_copy(arena, buf_text(&b));
}

static const char matrix_file[] = "TRANSCRIPT_MATRIX";

/* A line of JSON for each, for whoever looks at it with other eyes: tests/peers/element. */
static void keep_for_others(const json_t *content)
{
    const char *path = getenv(matrix_file);
    FILE *f = path ? fopen(path, "a") : NULL;
    if (!f)
        return;
    json_dumpf(content, f, JSON_COMPACT);
    fputc('\n', f);
    fclose(f);
}

static json_t *for_matrix_new(const struct message *m, const struct people *people,
                              const struct policy *policy)
{
    const struct matrix_style style = { .people = people, .policy = policy, .prefix = "!reguard" };
    json_t *json = matrix_message_json(m, &style);
    keep_for_others(json);
    return json;
}

void first_keep_card(const struct message *m, const struct desk *desk)
{
    struct message card = *m;
    card.key = "card"; /* the engine names each */
    if (getenv(matrix_file))
        json_decref(for_matrix_new(&card, desk->people, desk->policy));
}

void first_keep_answer(const struct effect_answer *a, const struct desk *desk)
{
    const struct matrix_style style = { .people = desk->people,
                                        .policy = desk->policy,
                                        .prefix = "!reguard" };
    if (!getenv(matrix_file) || !a->text)
        return;
    json_t *json = matrix_answer_json(a, &style);
    keep_for_others(json);
    json_decref(json);
}

const char *first_in_matrix(const struct message *m, const struct people *people,
                            const struct policy *policy, struct arena *arena)
{
    json_t *json = for_matrix_new(m, people, policy);
    const char *shown = arena_copy(arena, json_string_value(json_object_get(json, "body")));
    json_decref(json);
    return shown;
}

/* Under a card, a line is read together with it. */
static const char *lacks(const struct message *m, const char *shown)
{
    char first[LOCK_SCREEN + 1];
    str_copy(first, sizeof first, shown);
    bool of_a_case = m->case_id[0];
    switch (m->kind) {
    case MESSAGE_CARD:
    case MESSAGE_POST: return first_lacks(shown, of_a_case);
    case MESSAGE_DIRECT:
        return of_a_case && !names_a_case(first) && first_lacks(shown, true)
                   ? "no request is named to one person alone"
                   : NULL;
    case MESSAGE_THREAD: break;
    }
    return NULL;
}

const char *first_problem(const struct message *m, const struct desk *desk, struct arena *arena,
                          const char **ret_shown)
{
    *ret_shown = first_in_slack(m, desk->people, arena);
    const char *what = lacks(m, *ret_shown);
    if (what)
        return what;
    *ret_shown = first_in_matrix(m, desk->people, desk->policy, arena);
    return lacks(m, *ret_shown);
}
