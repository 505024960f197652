/* SPDX-License-Identifier: Apache-2.0 */
/* tasks, guide: what needs the root user, and what does not any more. */
#include "commands/parts.h"
#include "core/dialogue.h"
#include "core/rich.h"
#include "core/tasks.h"
#include "core/inert.h"

static bool tasks_read(const struct desk *desk, struct words *words, struct request *request,
                       struct err *err)
{
    (void)desk, (void)request;
    return parts_read_end(words, err);
}

static void add_tasks(struct buf *b, const char *title, enum task_need need)
{
    rich_add_strong(b, title);
    for (const struct task *t = task_table(); t->name; t++)
        if (t->need == need) {
            buf_add(b, "\n• ");
            rich_add_code(b, t->name);
            buf_addf(b, " – %s", t->title);
        }
    buf_add(b, "\n");
}

static bool tasks_decide(const struct desk *desk, const struct asker *asker,
                         const struct request *r, struct verdict *v)
{
    (void)desk, (void)r;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    add_tasks(&b, "Needs the root user", TASK_NEEDS_ROOT);
    add_tasks(&b, "Needs no lift: centralized root access or the management account",
              TASK_CENTRALIZED);
    add_tasks(&b, "Needs no lift: AWS Support", TASK_SUPPORT);
    add_tasks(&b, "Needs no lift: service control policies (SCPs) do not apply to it",
              TASK_UNRESTRICTED);
    dialogue_answer(v, asker->event, arena_copy(v->arena, buf_text(&b)));
    return true;
}

const struct command command_tasks = {
    .name = "tasks",
    .usage = "tasks",
    .summary = "what needs the root user, and what does not",
    .example = "tasks",
    .gates = GATE_ANYWHERE,
    .read = tasks_read,
    .decide = tasks_decide,
};

static bool guide_read(const struct desk *desk, struct words *words, struct request *request,
                       struct err *err)
{
    (void)desk;
    CLEANUP(buf_done) struct buf name;
    buf_init(&name, 128);
    inert_add(&name, str_or_empty(words_next(words)), 30);
    STR_SET(request->task, buf_text(&name));
    if (!task_named(request->task))
        return err_set(err,
                       request->task[0] ? "I do not know the task “%s”; `tasks` lists them"
                                        : "%sWhich task? `tasks` lists them",
                       request->task);
    return parts_read_end(words, err);
}

static bool guide_decide(const struct desk *desk, const struct asker *asker,
                         const struct request *r, struct verdict *v)
{
    const struct task *t = task_named(r->task);
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    rich_add_strong(&b, t->title);
    buf_addf(&b, "%s\n%s", parts_how_to_run(desk, r, v->arena), t->guide);
    buf_add(&b, t->need == TASK_NEEDS_ROOT ? "\nAfterwards: delete root access keys, keep MFA, "
                                             "store or delete the password, sign out."
                                           : "\nNo lift is needed for this.");
    dialogue_answer(v, asker->event, arena_copy(v->arena, buf_text(&b)));
    return true;
}

const struct command command_guide = {
    .name = "guide",
    .usage = "guide TASK",
    .summary = "how to do a task",
    .example = "guide billing",
    .gates = GATE_ANYWHERE,
    .read = guide_read,
    .decide = guide_decide,
};
