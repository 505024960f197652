/* SPDX-License-Identifier: Apache-2.0 */
/* What we show people to type works when it is sent back as clients send what is copied. Every
   story is played, and each example in anything that is said there goes back through the dialogue,
   bare and with what clients put around words, in Slack and in Matrix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/transcript/play.h"
#include "tests/transcript/script.h"

#include "adapters/matrix/codec_in.h"
#include "core/dialogue.h"
#include "host/json.h"

#include <dirent.h>

enum { EXAMPLES = 2000 };

static struct {
    char texts[EXAMPLES][256];
    size_t count;
} seen;

/* As it is copied, and as clients send it. */
static const struct shape {
    const char *before, *behind;
} shapes[] = {
    { "", "" },   { "`", "`" }, { "```\n", "\n```" }, { "“", "”" }, { "\"", "\"" }, { "„", "“" },
    { "'", "'" }, { "*", "*" }, { "**", "**" },       { "_", "_" }, { "~~", "~~" }, { "> ", "" },
    { "• ", "" }, { "- ", "" }, { "*`", "`*" },       { " ", " " }, { "", "\n" },
};

struct judge {
    const struct desk *desk;
    const char *example;
    struct inbox inbox;
    struct matrix_codec matrix;
    struct verdict verdict;
    struct arena arena;
};

static void nobody_waits(void *arg) { (void)arg; }

static const char *answer_in(const struct verdict *v)
{
    for (size_t i = 0; i < v->effect_count; i++)
        if (v->effects[i].kind == EFFECT_ANSWER)
            return v->effects[i].answer.text;
    return "";
}

/* Names a verb, as in “please use `/reguard lift` in the channel”. */
static bool names_a_verb(const char *example)
{
    const char *verb = strchr(example, ' ');
    return verb && !strchr(verb + 1, ' ');
}

static void check(struct judge *j, const char *text, const char *sent)
{
    struct event e = { .kind = EVENT_SAID,
                       .chat = "slack",
                       .id = "m",
                       .actor = { .id = "U0ANA" },
                       .place = PLACE_CHANNEL,
                       .message_id = "m",
                       .said = { .text = text } };
    arena_reset(&j->arena);
    verdict_init(&j->verdict, &j->arena,
                 (struct turn){ .now_ms = RUN_DAY_MS, .entropy = e.entropy }, 0);
    dialogue_decide(j->desk, &e, &j->verdict);
    const char *answer = answer_in(&j->verdict);
    bool form = strstr(answer, "The form is:") && !names_a_verb(j->example);
    if (strstr(answer, "I do not know “") || form)
        fail_msg("“%s” is not understood: %s", sent, answer);
}

static void check_in_matrix(struct judge *j, const char *example, const struct shape *shape)
{
    char body[480];
    snprintf(body, sizeof body, "%s!reguard%s%s", shape->before, example + strcspn(example, " "),
             shape->behind);
    JSON_AUTO *event = json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "type", "m.room.message",
                                 "sender", "@ana:hs.example", "event_id", "$1", "content",
                                 "msgtype", "m.text", "body", body);
    struct event *e = matrix_read_event(&j->matrix, event, &j->inbox);
    if (!e)
        fail_msg("“%s” is no command in Matrix", body);
    check(j, e->said.text, body);
    arena_reset(inbox_arena(&j->inbox));
}

static void check_shapes(struct judge *j, const char *example)
{
    for (size_t i = 0; i < COUNT(shapes); i++) {
        char text[480];
        const struct shape *shape = &shapes[i];
        snprintf(text, sizeof text, "%s%s%s", shape->before, example, shape->behind);
        check(j, text, text);
        snprintf(text, sizeof text, "%s%s%s", shape->before, example + strcspn(example, " "),
                 shape->behind);
        check(j, text, text); /* our name was the mention, or the slash command */
        check_in_matrix(j, example, shape);
    }
}

/* A form with places to fill in is no example: "lift ACCOUNT [for DURATION]". */
static bool is_form(const char *text)
{
    size_t capitals = 0;
    if (strpbrk(text, "[|…"))
        return true;
    for (; *text; text++) {
        capitals = *text >= 'A' && *text <= 'Z' ? capitals + 1 : 0;
        if (capitals >= 4)
            return true;
    }
    return false;
}

static void take(struct run *r, const char *text, size_t bytes)
{
    struct judge *j = r->looker;
    const char *word = r->config->policy.command_word;
    char example[256];
    if (bytes >= sizeof example || strncmp(text, word, strlen(word)) != 0 ||
        text[strlen(word)] != ' ')
        return;
    snprintf(example, sizeof example, "%.*s", (int)bytes, text);
    for (size_t i = 0; i < seen.count; i++)
        if (str_equal(seen.texts[i], example))
            return;
    assert_true(seen.count < EXAMPLES);
    STR_SET(seen.texts[seen.count++], example);
    j->desk = r->desk;
    j->example = example;
    j->matrix.people = &r->config->people;
    j->matrix.policy = &r->config->policy;
    if (!is_form(example))
        check_shapes(j, example);
}

static void look(struct run *r, const char *text)
{
    for (const char *from = text ? strchr(text, '`') : NULL; from;) {
        const char *to = strchr(from + 1, '`');
        if (!to)
            return;
        take(r, from + 1, (size_t)(to - from - 1));
        from = strchr(to + 1, '`');
    }
}

static void after(struct run *r, const struct event *e)
{
    (void)e;
    for (size_t i = 0; i < r->out->effect_count; i++) {
        const struct effect *f = &r->out->effects[i];
        if (f->kind == EFFECT_ANSWER) {
            look(r, f->answer.text);
        } else if (f->kind == EFFECT_FORM) {
            look(r, f->form.otherwise.text);
            look(r, f->form.problem);
        } else if (f->kind == EFFECT_SAY) {
            const char *const parts[] = { f->say.text, f->say.body, f->say.headline,
                                          f->say.footer };
            for (size_t k = 0; k < COUNT(parts); k++)
                look(r, parts[k]);
        }
    }
}

static void play_and_look(const char *name, struct judge *j)
{
    struct transcript *t = calloc(1, sizeof *t);
    struct run r;
    STR_SET(t->name, name);
    snprintf(t->path, sizeof t->path, "%s/%s", transcript_folder, name);
    t->text = transcript_text(t->path);
    transcript_split(t);
    transcript_head(t);
    run_init(&r, &t->config, &t->world);
    r.after = after;
    r.looker = j;
    transcript_play(&r, t);
    static const char *const verbs[] = { "", "lift", "approve", "adopt", "code", "extend", "why" };
    for (size_t i = 0; i < COUNT(verbs); i++) {
        char line[64];
        snprintf(line, sizeof line, "ana: help %s", verbs[i]);
        script_act(&r, line);
        run_until(&r, r.now_ms + 5 * MS_SECOND);
    }
    run_done(&r);
    free(t->lines);
    free(t->text);
    free(t);
}

static void every_example_works_as_it_is_copied(void **state)
{
    (void)state;
    struct judge *j = calloc(1, sizeof *j);
    inbox_init(&j->inbox, nobody_waits, NULL);
    arena_init(&j->arena, LIMIT_TURN_BYTES);
    STR_SET(j->matrix.user, "@reguard:hs.example");
    STR_SET(j->matrix.room, "!room:hs.example");
    STR_SET(j->matrix.prefix, "!reguard");
    DIR *dir = opendir(transcript_folder);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot && strcmp(dot, ".txt") == 0)
            play_and_look(entry->d_name, j);
    }
    if (dir)
        closedir(dir);
    print_message("%zu different examples and forms\n", seen.count);
    assert_true(seen.count > 50);
    inbox_done(&j->inbox);
    arena_done(&j->arena);
    free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_example_works_as_it_is_copied) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
