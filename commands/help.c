/* help: at most 12 lines, private, and only what this person can do now. */
#include "commands/parts.h"
#include "core/dialogue.h"
#include "core/question.h"
#include "core/reminder.h"
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

static bool any(const struct desk *desk, bool (*fits)(const struct casefile *, const char *key),
                const char *key)
{
    for (size_t i = 0; i < desk->case_count; i++)
        if (fits(&desk->cases[i], key))
            return true;
    return false;
}

static bool is_by(const struct party *party, const char *key)
{
    return str_equal_nocase(party->key, key);
}

static bool waits_for_others(const struct casefile *c, const char *key)
{
    return question_takes_answers(c) && !is_by(&c->question.by, key) && !is_by(&c->requester, key);
}

static bool waits_for_own(const struct casefile *c, const char *key)
{
    return c->state == CASE_WAITING && is_by(&c->requester, key);
}
static bool waits_for_mailbox(const struct casefile *c, const char *key)
{
    return waits_for_own(c, key) && !c->mailbox_proved;
}
static bool lifted(const struct casefile *c, const char *key)
{
    return (void)key, c->state == CASE_LIFTED;
}
static bool down(const struct casefile *c, const char *key)
{
    return (void)key, case_is_down(c) && c->state != CASE_RELEASED;
}
static bool outside(const struct casefile *c, const char *key)
{
    return (void)key, c->state == CASE_OUTSIDE;
}
static bool cleanable(const struct casefile *c, const char *key)
{
    return (void)key, c->lifted_ms && !case_is_open(c) && c->cleaned == CLEANED_NOT_ASKED;
}
static bool overdue(const struct casefile *c, const char *key)
{
    (void)key;
    return (c->state == CASE_LIFTED || c->state == CASE_RESTORING) && c->overdue_reminders > 0 &&
           c->overdue_reminders < REMINDER_ESCALATES;
}

/* Verbs that make sense only while some case is in a fitting state. */
static const struct {
    const char *name;
    bool (*fits)(const struct casefile *, const char *key);
} occasions[] = {
    { "approve", waits_for_others },
    { "decline", waits_for_others },
    { "withdraw", waits_for_own },
    { "confirm", waits_for_mailbox },
    { "code", waits_for_mailbox },
    { "done", down },
    { "extend", lifted },
    { "snooze", overdue },
    { "cleaned", cleanable },
    { "put-back", outside },
    { "adopt", outside },
};

static bool is_timely(const struct desk *desk, const struct command *command, const char *key)
{
    if (str_equal(command->name, "confirm") && desk->policy->mailbox_proof != MAILBOX_CONFIRM)
        return false;
    if (str_equal(command->name, "code") && desk->policy->mailbox_proof != MAILBOX_CODE)
        return false;
    for (size_t i = 0; i < COUNT(occasions); i++)
        if (str_equal(occasions[i].name, command->name))
            return any(desk, occasions[i].fits, key);
    return true;
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
                !is_timely(desk, command, asker->person ? asker->person->key : ""))
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
