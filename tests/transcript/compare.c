/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/transcript/compare.h"

/* ---- lines ---- */

static const char *compare_next(const char *line)
{
    return line + strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n');
}

static bool compare_same(const char *a, const char *b)
{
    size_t bytes = strcspn(a, "\n");
    return *a && *b && bytes == strcspn(b, "\n") && memcmp(a, b, bytes) == 0;
}

static bool compare_comes(const char *lines, const char *line)
{
    for (int n = 0; *lines && n < 40; lines = compare_next(lines), n++)
        if (compare_same(lines, line))
            return true;
    return false;
}

void compare_print(const char *a, const char *b)
{
    int around = 0, printed = 0;
    while ((*a || *b) && printed < 120) {
        char mark = ' ';
        if (!compare_same(a, b))
            mark = *a && !compare_comes(b, a) ? '-' : *b ? '+' : '-';
        const char *line = mark == '+' ? b : a;
        around = mark == ' ' ? around - 1 : 3;
        if (around >= 0) {
            fprintf(stderr, "%c %.*s\n", mark, (int)strcspn(line, "\n"), line);
            printed++;
        }
        if (mark != '+')
            a = compare_next(a);
        if (mark != '-')
            b = compare_next(b);
    }
}

/* ---- desks ---- */

/* clang-format off */
#define CASE_NUMBERS(X)                                                                          \
    X(no) X(state) X(approval_count) X(member_count) X(window_ms) X(asked_ms) X(lifting_ms)      \
    X(lifted_ms) X(deadline_ms) X(ended_ms) X(vigil_ms)                                                      \
    X(closed_ms) X(late_ms)                                                                      \
    X(mailbox_proved) X(code_tries) X(codes_sent) X(code_under_way) X(change_begun)              \
    X(failing) X(question.reminders) X(overdue_reminders) X(reminded_ms)                         \
    X(snoozed_until_ms) X(trouble_ms) X(warned) X(cleaned) X(question.pending)                   \
    X(question.window_ms) X(question.asked_ms)                                                   \
    X(question.approval_count) X(question.kind) X(question.shaken) X(root_before_ms)             \
    X(root_after_ms) X(root_after.keys) X(root_after.made_ms) X(clean_reminders) X(cleaned_ms)
/* clang-format on */
/* clang-format off */
#define CASE_TEXTS(X)                                                                         \
    X(handle) X(account) X(account_ref) X(account_name) X(email) X(reason) X(ticket) X(task) \
    X(may_approve) X(warning)                                                                 \
    X(code_digest) X(trouble) X(end_reason) X(lift_task) X(restore_task) X(question.reason)   \
    X(question.handle)
/* clang-format on */
/* clang-format off */
#define CASE_PARTIES(X)                                                                     \
    X(requester) X(ended_by) X(question.by) X(approvals[0]) X(approvals[1]) \
    X(approvals[2])                                                                         \
    X(question.approvals[0]) X(question.approvals[1])
/* clang-format on */
/* What of the switch is kept; what was last read is found out again. */
/* clang-format off */
#define SWITCH_NUMBERS(X) X(phase) X(change_on) X(change_case) X(attempts) \
    X(retry_ms) X(proved) X(proved_ms)
/* clang-format on */
/* clang-format off */
#define SWITCH_TEXTS(X) X(task_id) X(last_task_id) X(before)
/* clang-format on */

static bool compare_party(const struct party *a, const struct party *b)
{
    return str_equal(a->user, b->user) && str_equal(a->key, b->key) &&
           str_equal(a->name, b->name) && str_equal(a->chat, b->chat) &&
           str_equal(a->chat_id, b->chat_id) && a->way == b->way;
}

static bool compare_cases(const struct casefile *a, const struct casefile *b)
{
    const char *wrong = NULL;
#define NUMBER(name) wrong = a->name != b->name ? #name : wrong;
#define TEXT(name) wrong = !str_equal(a->name, b->name) ? #name : wrong;
#define PARTY(name) wrong = !compare_party(&a->name, &b->name) ? #name : wrong;
    /* clang-format off */
    CASE_NUMBERS(NUMBER)
    CASE_TEXTS(TEXT)
    CASE_PARTIES(PARTY)
    /* clang-format on */
    if (wrong)
        fprintf(stderr, "G-%04u: folding the journal gives another %s\n", a->no, wrong);
    return !wrong;
}

static bool compare_switches(const struct guardrail *a, const struct guardrail *b)
{
    const char *wrong = NULL;
    SWITCH_NUMBERS(NUMBER)
    SWITCH_TEXTS(TEXT)
#undef NUMBER
#undef TEXT
#undef PARTY
    if (wrong)
        fprintf(stderr, "the switch: folding the journal gives another %s\n", wrong);
    return !wrong;
}

static bool compare_desks(const struct desk *a, const struct desk *b)
{
    if (a->case_count != b->case_count || a->last_case != b->last_case ||
        a->inquiry_count != b->inquiry_count) {
        fprintf(stderr,
                "folding the journal gives %zu cases up to %u and %zu inquiries, not %zu up to %u "
                "and %zu\n",
                b->case_count, b->last_case, b->inquiry_count, a->case_count, a->last_case,
                a->inquiry_count);
        return false;
    }
    bool same = true;
    for (size_t i = 0; i < a->case_count; i++)
        same &= compare_cases(&a->cases[i], &b->cases[i]);
    return same;
}

/* What was kept on the way leads to the same desk, to the byte. */
static bool compare_kept(struct run *r, const struct desk *whole)
{
    struct arena arena;
    struct desk *kept = calloc(1, sizeof *kept);
    if (!kept)
        abort();
    arena_init(&arena, LIMIT_ARENA_BYTES);
    run_new_desk(r, kept);
    run_fold_kept(r, kept, r->record_count / 100 + 1);
    const char *a = deskjson_write(whole, &arena), *b = deskjson_write(kept, &arena);
    bool same = a && str_equal(a, b) && compare_desks(whole, kept);
    if (!same)
        fprintf(stderr, "going on from a kept desk gives\n%s\nand the whole journal\n%s\n",
                str_or_empty(b), str_or_empty(a));
    arena_done(&arena);
    free(kept);
    return same;
}

bool compare_folded(struct run *r)
{
    struct desk *whole = calloc(1, sizeof *whole), *part = calloc(1, sizeof *part);
    if (!whole || !part)
        abort();
    run_new_desk(r, whole);
    run_new_desk(r, part);
    part->last_case = r->quiet_case;
    run_fold(r, whole, 0);
    run_fold(r, part, r->quiet);
    bool same = compare_desks(r->desk, whole) &&
                compare_switches(&r->desk->guardrail, &whole->guardrail) &&
                compare_desks(r->desk, part) && compare_kept(r, whole);
    free(whole);
    free(part);
    return same && !r->failure[0];
}

/* ---- runs ---- */

static void compare_states(const struct run *a, const struct run *b, char *why, size_t bytes)
{
    for (size_t i = 0; i < RUN_CASES && !why[0]; i++) {
        const struct outcome *x = &a->outcomes[i], *y = &b->outcomes[i];
        if (x->no != y->no || x->state != y->state)
            snprintf(why, bytes, "G-%04zu ends as %s, not as %s", i + 1,
                     y->no ? case_state_names[y->state] : "none",
                     x->no ? case_state_names[x->state] : "none");
    }
}

static void compare_reminders(const struct run *a, const struct run *b, char *why, size_t bytes)
{
    for (size_t i = 0; i < RUN_CASES && !why[0]; i++) {
        const struct outcome *x = &a->outcomes[i], *y = &b->outcomes[i];
        if (y->overdue_reminders < x->overdue_reminders ||
            y->pending_reminders < x->pending_reminders)
            snprintf(why, bytes, "G-%04zu: %d overdue and %d pending reminders, not %d and %d",
                     i + 1, y->overdue_reminders, y->pending_reminders, x->overdue_reminders,
                     x->pending_reminders);
    }
}

/* What was changed comes before who was reminded of it: nothing is said of a change that has never
   left. */
bool compare_outcomes(const struct run *a, const struct run *b)
{
    char why[200] = "";
    if (b->failure[0])
        STR_SET(why, b->failure);
    compare_states(a, b, why, sizeof why);
    if (!why[0] && (a->world.changes_on != b->world.changes_on ||
                    a->world.changes_off != b->world.changes_off))
        snprintf(why, sizeof why, "%d changes to off and %d to on, not %d and %d",
                 b->world.changes_off, b->world.changes_on, a->world.changes_off,
                 a->world.changes_on);
    compare_reminders(a, b, why, sizeof why);
    for (const char *const *may = a->exceptions; why[0] && may && *may; may++)
        if (strstr(why, *may))
            return true;
    if (why[0])
        fprintf(stderr, "restart after event %lld%s: %s\n", (long long)b->restart_after,
                b->loses_effects ? ", before its effects," : "", why);
    return !why[0];
}
