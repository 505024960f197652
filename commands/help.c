/* SPDX-License-Identifier: Apache-2.0 */
/* help: at most 12 lines, private, and only what this person can do now; all of it on request. */
#include "commands/parts.h"
#include "core/dialogue.h"
#include "core/rich.h"
#include "core/inert.h"

static bool help_read(const struct desk *desk, struct words *words, struct request *request,
                      struct err *err)
{
    const char *word = words_next(words);
    request->anyway = str_equal_nocase(word, "all");
    if (request->anyway)
        return parts_read_end(words, err);
    const struct command *command = word ? command_named(desk, word) : NULL;
    if (word && !command) {
        CLEANUP(buf_done) struct buf typed;
        buf_init(&typed, 128);
        inert_add(&typed, word, 30);
        return err_set(err, "I do not know “%s”", buf_text(&typed));
    }
    STR_SET(request->task, command ? command->name : "");
    return parts_read_end(words, err);
}

/* A verb that only looks always makes sense; any other while it would not be refused. */
static bool is_timely(const struct desk *desk, const struct command *command, const char *key,
                      const struct verdict *v)
{
    const struct doer who = { .key = key, .way = APPROVE_BY_COMMAND };
    if ((command->gates & GATE_AT_AWS) && !desk->can_run)
        return false;
    return action_of_verb(command->name) == ACTION_NONE ||
           action_is_offered(command->name, desk, &who, v->turn.now_ms, v->arena);
}

enum { HELP_LINES = 10 }; /* of verbs, between the first line and the last */

static void add_verb(struct buf *b, const struct command *command)
{
    buf_add(b, "\n");
    rich_add_code(b, command->usage);
    buf_addf(b, " – %s", command->summary);
}

static void add_one(struct buf *b, const struct desk *desk, const struct command *command,
                    struct verdict *v)
{
    buf_addf(b, "%s: ", command->summary);
    rich_add_code(b, verdict_text(v, "%s %s", desk->policy->command_word, command->usage));
    buf_add(b, "\nFor example: ");
    rich_add_code(b, verdict_text(v, "%s %s", desk->policy->command_word, command->example));
}

static void add_all(struct buf *b, const struct desk *desk)
{
    buf_add(b, "All that I understand:");
    for (size_t i = 0; i < desk->command_count; i++)
        add_verb(b, desk->commands[i]);
}

static void add_timely(struct buf *b, const struct desk *desk, const struct asker *asker,
                       const struct verdict *v)
{
    size_t lines = 0, more = 0;
    const char *key = asker->person ? asker->person->key : "";
    buf_add(b, "What you can do now:");
    for (size_t i = 0; i < desk->command_count; i++) {
        const struct command *command = desk->commands[i];
        /* The word that calls us shows it, alone. */
        if (str_equal(command->name, COMMAND_COCKPIT) ||
            ((command->gates & GATE_MAPPED) && !asker->person) || !is_timely(desk, command, key, v))
            continue;
        if (lines < HELP_LINES) {
            add_verb(b, command);
            lines++;
        } else {
            more++;
        }
    }
    buf_add(b, "\n");
    if (more)
        buf_addf(b, "And %zu more: `%s help all`. ", more, desk->policy->command_word);
    buf_addf(b, "More on one: `%s help VERB`.", desk->policy->command_word);
}

static bool help_decide(const struct desk *desk, const struct asker *asker, const struct request *r,
                        struct verdict *v)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    const struct command *one = r->task[0] ? command_named(desk, r->task) : NULL;
    if (one)
        add_one(&b, desk, one, v);
    else if (r->anyway)
        add_all(&b, desk);
    else
        add_timely(&b, desk, asker, v);
    dialogue_answer(v, asker->event, arena_copy(v->arena, buf_text(&b)));
    return true;
}

const struct command command_help = {
    .name = "help",
    .usage = "help [VERB|all]",
    .summary = "what you can do now, one verb, or all of them",
    .example = "help lift",
    .gates = GATE_ANYWHERE,
    .read = help_read,
    .decide = help_decide,
};
