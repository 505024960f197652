/* help: at most 12 lines, private, and only what this person can do now. */
#include "commands/parts.h"
#include "core/dialogue.h"
#include "core/rich.h"
#include "core/inert.h"

static bool help_read(const struct desk *desk, struct words *words, struct request *request,
                      struct err *err)
{
    const char *word = words_next(words);
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
    return action_of_verb(command->name) == ACTION_NONE ||
           action_is_offered(command->name, desk, &who, v->turn.now_ms, v->arena);
}

enum { HELP_LINES = 10 };

static bool help_decide(const struct desk *desk, const struct asker *asker, const struct request *r,
                        struct verdict *v)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    const struct command *one = r->task[0] ? command_named(desk, r->task) : NULL;
    if (one) {
        buf_addf(&b, "%s: ", one->summary);
        rich_add_code(&b, verdict_text(v, "%s %s", desk->policy->command_word, one->usage));
        buf_add(&b, "\nFor example: ");
        rich_add_code(&b, verdict_text(v, "%s %s", desk->policy->command_word, one->example));
    } else {
        buf_add(&b, "What you can do now:");
        int lines = 0;
        for (size_t i = 0; i < desk->command_count && lines < HELP_LINES; i++) {
            const struct command *command = desk->commands[i];
            if (((command->gates & GATE_MAPPED) && !asker->person) ||
                !is_timely(desk, command, asker->person ? asker->person->key : "", v))
                continue;
            buf_add(&b, "\n");
            rich_add_code(&b, command->usage);
            buf_addf(&b, " – %s", command->summary);
            lines++;
        }
        buf_addf(&b, "\nMore on one: `%s help VERB`.", desk->policy->command_word);
    }
    dialogue_answer(v, asker->event, arena_copy(v->arena, buf_text(&b)));
    return true;
}

const struct command command_help = {
    .name = "help",
    .usage = "help [VERB]",
    .summary = "this list, or one verb",
    .example = "help lift",
    .gates = GATE_ANYWHERE,
    .read = help_read,
    .decide = help_decide,
};
