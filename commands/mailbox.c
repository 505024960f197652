/* SPDX-License-Identifier: Apache-2.0 */
/* confirm, code, cleaned: what the requester answers about the root mailbox before, and about the
   clean-up after. */
#include "commands/mailbox.h"
#include "commands/parts.h"
#include "core/dialogue.h"
#include "core/inquiry.h"
#include "core/question.h"
#include "core/rootlook.h"

#include <string.h>

enum { CODE_TRIES = 5, CODES_PER_CASE = 3 };

const char mailbox_no_key[] =
    "The key for mailed codes (code.key in state_dir) cannot be used, so no "
    "code is mailed or taken; the log says why";

static bool case_read(const struct desk *desk, struct words *words, struct request *request,
                      struct err *err)
{
    (void)desk;
    parts_read_case(words, request);
    return parts_read_end(words, err);
}

static const char *refusal(enum action action, const struct desk *desk, const struct casefile *c,
                           const struct inquiry *q, const struct verdict *v)
{
    return action_refusal(action, desk, c, &(struct doer){ .key = q->actor.key }, v->turn.now_ms,
                          v->arena);
}

static const char *confirmed(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    return verdict_text(v, "Mailbox confirmed for %s.%s", parts_case_id(c, v->arena),
                        question_lacks(desk, c) ? " Still needed: another Admin's approval." : "");
}

static void confirm_settle(const struct desk *desk, const struct inquiry *q,
                           const struct findings *found, struct verdict *v)
{
    (void)found;
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, &q->request, ACTION_MAILBOX, v->arena, &why);
    if (c)
        why = refusal(ACTION_MAILBOX, desk, c, q, v);
    if (c && !why) {
        v->actor.user = arena_copy(v->arena, c->requester.user);
        v->actor.name = arena_copy(v->arena, c->requester.name);
        verdict_fact(v, FACT_MAILBOX_PROVED, c->no)->verb = "confirm";
        why = confirmed(desk, c, v);
    }
    inquiry_answer(q, why, v);
}

const struct command command_confirm = {
    .name = "confirm",
    .usage = "confirm [G-0001]",
    .summary = "say that you can read the root mailbox",
    .example = "confirm G-0001",
    .gates = GATE_MAPPED | GATE_COUNTS,
    .read = case_read,
    .needs = parts_needs_nothing,
    .settle = confirm_settle,
};

/* ---- code ---- */

void mailbox_send_code(const struct desk *desk, uint32_t case_no, const char *email,
                       const char *account, struct verdict *v)
{
    uint32_t number = 0;
    for (size_t i = ENTROPY_CODE; i < ENTROPY_CODE + 4; i++)
        number = number << 8 | v->turn.entropy[i];
    const char *code = verdict_text(v, "%06u", number % 1000000);
    char mark[CODEMARK_BYTES], id[CASE_ID_BYTES];
    desk->mark_code(desk->code_key, code, mark);
    case_id_text(case_no, id);
    struct effect *mail = verdict_effect(v, EFFECT_MAIL);
    mail->mail = (struct effect_mail){
        .to = arena_copy(v->arena, email),
        .subject = verdict_text(v, "reguard code for %s", id),
        .text = verdict_text(
            v,
            "%s is the code for %s (AWS account %s).\n\nSomebody asked to lift root protection for "
            "this account and said that they can read this mailbox.\n"
            "Whoever asked types in the chat:  %s code %s %s\nIf your team did not expect this, "
            "tell your security team; without the code nothing happens.\n",
            code, id, account, desk->policy->command_word, id, code)
    };
    struct fact *sent = verdict_fact(v, FACT_CODE_SENT, case_no);
    sent->digest = arena_copy(v->arena, mark);
    sent->effect_id = (int64_t)mail->id;
}

/* Only the mark of what was typed goes on, so that no record holds the code. */
static bool code_read(const struct desk *desk, struct words *words, struct request *request,
                      struct err *err)
{
    parts_read_case(words, request);
    const char *code = words_next(words);
    if (!code)
        return true; /* asks for a new one */
    if (strlen(code) != 6 || strspn(code, "0123456789") != 6)
        return err_set(err, "The code is the six digits from the mail");
    if (!desk->code_key)
        return err_set(err, "%s", mailbox_no_key);
    desk->mark_code(desk->code_key, code, request->digest);
    return parts_read_end(words, err);
}

static const char *send_another(const struct desk *desk, const struct casefile *c,
                                struct verdict *v)
{
    if (!desk->code_key)
        return verdict_text(v, "%s. I changed nothing.", mailbox_no_key);
    if (c->codes_sent >= CODES_PER_CASE)
        return verdict_text(
            v, "%d codes were mailed for %s already. Withdraw it and ask again. I changed nothing.",
            CODES_PER_CASE, parts_case_id(c, v->arena));
    mailbox_send_code(desk, c->no, c->email, c->account, v);
    return verdict_text(v,
                        "I am mailing a new code to %s; the earlier one does not count any more.",
                        c->email);
}

static void code_settle(const struct desk *desk, const struct inquiry *q,
                        const struct findings *found, struct verdict *v)
{
    (void)found;
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, &q->request, ACTION_CODE, v->arena, &why);
    if (c)
        why = refusal(ACTION_CODE, desk, c, q, v);
    if (c && !why && !q->request.digest[0])
        why = send_another(desk, c, v);
    if (c && !why && !codemark_same_key(c->code_digest, q->request.digest))
        why = verdict_text(v,
                           "The code that was mailed for %s does not count any more: the key that "
                           "it was kept under is gone. `%s code %s` mails a new one.",
                           parts_case_id(c, v->arena), desk->policy->command_word,
                           parts_case_id(c, v->arena));
    if (c && !why && c->code_tries >= CODE_TRIES)
        why = verdict_text(v, "Too many wrong codes for %s. `%s code %s` mails a new one.",
                           parts_case_id(c, v->arena), desk->policy->command_word,
                           parts_case_id(c, v->arena));
    if (!c || why) {
        inquiry_answer(q, why, v);
        return;
    }
    v->actor.user = arena_copy(v->arena, c->requester.user);
    v->actor.name = arena_copy(v->arena, c->requester.name);
    if (codemark_equal(c->code_digest, q->request.digest)) {
        verdict_fact(v, FACT_MAILBOX_PROVED, c->no)->verb = "code";
        inquiry_answer(q, verdict_text(v, "The code is right. %s", confirmed(desk, c, v)), v);
    } else {
        verdict_fact(v, FACT_CODE_WRONG, c->no);
        int left = CODE_TRIES - 1 - c->code_tries;
        inquiry_answer(q,
                       verdict_text(v, "That is not the code for %s; %d %s left.",
                                    parts_case_id(c, v->arena), left,
                                    left == 1 ? "try is" : "tries are"),
                       v);
    }
}

const struct command command_code = {
    .name = "code",
    .usage = "code [G-0001] 123456",
    .summary = "enter the code mailed to the root mailbox; without digits: mail a new one",
    .example = "code G-0001 123456",
    .gates = GATE_MAPPED | GATE_COUNTS,
    .read = code_read,
    .needs = parts_needs_nothing,
    .settle = code_settle,
};

/* ---- cleaned ---- */

static bool cleaned_read(const struct desk *desk, struct words *words, struct request *request,
                         struct err *err)
{
    (void)desk;
    parts_read_case(words, request);
    request->yes = words_take(words, "yes");
    if (!request->yes && !words_take(words, "no"))
        return err_set(err, "Is everything cleaned up? Say yes or no");
    return parts_read_reason(words, request, err);
}

/* What AWS was seen to have left stays: another Admin's word, with why. Whoever had the window is
   taken at AWS's word only. */
static bool is_meant(const struct casefile *c, const struct inquiry *q,
                     const struct findings *found)
{
    return q->request.yes && q->request.reason[0] && rootlook_is_left(c) && found->user &&
           !party_is(&c->requester, found->user->id);
}

static const char *cleaned_answer(const struct desk *desk, const struct casefile *c,
                                  const struct fact *f, struct verdict *v)
{
    const char *id = parts_case_id(c, v->arena);
    if (f->meant)
        return verdict_text(v, "Noted that it is meant. I remind nobody of %s any more.", id);
    if (!f->on)
        return verdict_text(v, "Noted as not cleaned up. Say `cleaned %s yes` when it is.", id);
    return rootlook_is_owed(c) && rootlook_is_after(desk, c)
               ? "Thank you. I ask AWS once more, and post what it says."
               : "Thank you, noted.";
}

static void cleaned_settle(const struct desk *desk, const struct inquiry *q,
                           const struct findings *found, struct verdict *v)
{
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, &q->request, ACTION_CLEANED, v->arena, &why);
    if (c)
        why = refusal(ACTION_CLEANED, desk, c, q, v);
    if (c && !why && !str_equal_nocase(c->requester.key, q->actor.key))
        why = parts_admin_refusal(desk, found, v->arena);
    if (c && !why) {
        struct fact *f = verdict_fact(v, FACT_CLEANED, c->no);
        f->on = q->request.yes;
        f->reason = arena_copy(v->arena, q->request.reason);
        f->meant = is_meant(c, q, found);
        why = cleaned_answer(desk, c, f, v);
    }
    inquiry_answer(q, why, v);
}

const struct command command_cleaned = {
    .name = "cleaned",
    .usage = "cleaned [G-0001] yes|no [because REASON…]",
    .summary = "answer the clean-up list",
    .example = "cleaned G-0001 yes",
    .gates = GATE_MAPPED | GATE_COUNTS,
    .read = cleaned_read,
    .needs = parts_needs_roster,
    .settle = cleaned_settle,
};
