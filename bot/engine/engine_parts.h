/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the engine only: what its files share. */
#ifndef REGUARD_ENGINE_PARTS_H
#define REGUARD_ENGINE_PARTS_H

#include "port/adapter.h"
#include "engine/engine_state.h"

/* ---- engine_fold.c ---- */
/* The desk from the journal, as far as it can be believed; a doubt is kept for engine_put_doubt.
   rows_behind: a commit that had failed is in the journal all the same, and its cases' rows may
   have been written over since: they are made anew from the records. */
bool engine_rebuild(struct engine *, bool rows_behind, struct err *);
/* The newest record, as the desk tells it to people. */
void engine_note_record(struct engine *);
/* Its last part, which writes; to be done again when only that has failed. */
bool engine_note_rebuilt(struct engine *, struct err *);
void engine_put_doubt(struct engine *);
/* What the records behind `after` up to `last` come to, into that desk. *ret_wrong: the first that
   is, *ret_record; "" for nothing. any: also when the operator has accepted it since. */
struct engine_fold {
    uint64_t after, last;
    bool any;
    struct err wrong;
    uint64_t record;
};
void engine_fold(struct engine *, struct desk *, struct engine_fold *);
/* Verifies the whole journal, a little at a time. */
void engine_start_walk(struct engine *);
void engine_stop_walk(struct engine *);

/* ---- engine_kept.c ---- */
/* The desk that is kept, into the new one of the engine. Returns the record that names it; 0: there
   is none to go on from. *ret_wrong: it is not what was kept, so that nothing beside the journal
   counts. */
uint64_t engine_take_kept(struct engine *, bool *ret_wrong);
/* All records up to that one come to this. */
void engine_know_whole(struct engine *, const struct desk *, uint64_t record);
void engine_forget_whole(struct engine *);
/* Every so many records: keeps what they come to. Part of the turn's transaction. */
bool engine_keep_desk(struct engine *, struct err *);
/* Once it is committed. */
void engine_tell_kept(struct engine *);

/* ---- engine_sight.c ---- */
/* The newest record, for the footer and for a later look: witness.h. */
void engine_bear_witness(struct engine *, struct message *, struct arena *);
/* LOOKED_BACK: does what our messages say fit the records? */
void engine_judge(struct engine *, struct event *, struct arena *);
/* SIGHTED: it is our own process's, or says nothing of the records. */
bool engine_is_own(const struct engine *, const struct event *);
/* Gives the desk the store's id, and what was accepted; makes an id when there is none. */
bool engine_know_store(struct engine *, struct err *);
/* What a doubt or an acceptance changes of that, and for `status` while the daemon is down. */
bool engine_keep_doubt(struct engine *, const struct fact *, struct arena *, struct err *);

/* ---- engine.c ---- */
/* As at the very beginning, with the rules that hold. */
void engine_new_desk(struct engine *);

/* ---- engine_event.c ---- */
bool engine_is_from_people(const struct event *);
/* From people, too, and nothing is asked or done by it: a repeat only shows the same again, so that
   nothing of it is written. */
bool engine_only_shows(const struct event *);
/* DELIVERED, DELIVERY_FAILED, DELIVERY_UNKNOWN. */
bool engine_tells_of_message(const struct event *);
/* Decides on one event and writes what follows, as part of the turn's transaction. The effects
   stand in the verdict. */
bool engine_handle(struct engine *, struct event *, struct verdict *, struct err *);

/* ---- engine_effect.c ---- */
/* The first with that role; NULL for none. */
struct adapter *engine_adapter_for(const struct engine *, enum adapter_role);
struct adapter *engine_adapter(const struct engine *,
                               const char *name); /* NULL when there is none */
/* Begins the effect; when that fails its outcome is put as an event. */
void engine_perform(struct engine *, const struct effect *);
void engine_perform_with(void *engine, struct adapter *, const struct effect *);

/* ---- engine_loss.c ---- */
/* Nothing is kept on the disk now. */
bool engine_is_away(const struct engine *);
/* A write has failed: the turn is taken back, and the store goes a step from the disk. The event to
   begin the turn's second try with, in the turn's memory; NULL: nothing can be written anywhere. */
struct event *engine_step_back(struct engine *, const struct err *cause);
/* Already at the start. */
void engine_begin_away(struct engine *, const char *why);
/* The process ended between coming back and telling it. */
void engine_settle_loss(struct engine *);
void engine_init_loss(struct engine *);

/* ---- engine_debt.c ---- */
/* Before the turn: which answers have arrived. */
void engine_debts_hear(struct engine *);
/* An ANSWER or a FORM, which gets its id, is owed from now on. *ret: what is to be kept of it, in
   the turn's transaction. False: it is owed to nobody. */
bool engine_owe(struct engine *, struct effect *, struct arena *, struct kept_answer *ret);
/* CHAT_UP: what an earlier process owes there is given. */
void engine_debts_give(struct engine *, const struct event *, struct verdict *);
/* When that is to be written though nothing else is; MS_NEVER: there is none under way. */
ms_t engine_debts_due_ms(const struct engine *);
/* From when on answers are owed, where that is news. Part of a transaction. */
bool engine_debts_mark(struct engine *, struct err *);

/* ---- engine_led.c ---- */
void engine_led_init(struct engine *);
/* From now on records cannot be written; also within an outage. */
void engine_led_begin(struct engine *);
void engine_led_stop(struct engine *);
/* True: it was an answer to what is asked here. A lift that another instance may have made is no
   news until the chat was asked: the event tells then that nothing is known. */
bool engine_led_takes(struct engine *, struct event *, struct arena *);
/* No other instance leads, as far as anybody can say: the lease is held, or the chat was asked. */
bool engine_led_is_alone(const struct engine *);

/* ---- engine_hold.c ---- */
/* It is an answer on a message that is not known, while it is not known what became of messages of
   ours in that chat. */
bool engine_has_to_wait(struct engine *, const struct event *);
/* After the turn: keeps a copy, or judges it at once when too many wait. */
void engine_hold(struct engine *, struct event *);
/* After the turn: what waits in that chat is judged again. */
void engine_release(struct engine *, const char *chat);
void engine_hold_stop(struct engine *);

/* ---- engine_rules.c ---- */
/* Once the records are at hand again. */
void engine_put_rules_again(struct engine *);
/* RULES_READ: against those on record. */
void engine_judge_rules(struct engine *, struct event *, struct arena *);
/* The copy of those that are on record now. Part of the turn's transaction. */
bool engine_keep_rules(struct engine *, const struct fact *, struct err *);

/* ---- engine_votes.c ---- */
/* *ret_news: the reaction is on a message that puts a question, is one of the two that count, and
   is not what was known to stand already. Part of the turn's transaction. */
bool engine_vote_is_news(struct engine *, const struct event *, bool *ret_news, struct err *);
/* STANDING: what has come or gone unseen is put as events for the next turn. */
void engine_votes_standing(struct engine *, const struct event *, struct arena *);

/* ---- engine_filed.c ---- */
/* The case as its records have it, until the next one is asked for; NULL: they cannot be read, or
   there is none, or there are more than LIMIT_FILED_RECORDS: *ret_too_many of them, else 0. */
const struct casefile *engine_filed_case(struct engine *, uint32_t no, uint64_t *ret_too_many);
/* Gives the event the case that it is about, where that has left the desk and matters, and those
   that have left it lately. */
void engine_know_filed(struct engine *, struct event *, struct arena *);
/* What is known of those that have left is not all any more. */
void engine_case_left(struct engine *);

/* ---- engine_receipt.c ---- */
/* RECALL becomes the answer: rows, or a case that has left the desk, with its receipt when `full`.
 */
void engine_recall(struct engine *, struct effect *, struct arena *);
/* ANSWER: to its file, where it has one, come the records of its case, and where its card is. */
void engine_complete_file(struct engine *, struct effect *, struct arena *);

/* ---- engine_home.c ---- */
void engine_homes_start(struct engine *);
void engine_homes_stop(struct engine *);
/* HOME: that person has their page open. */
void engine_home_seen(struct engine *, const struct effect *);
/* There is news for whoever has. */
void engine_homes_changed(struct engine *);

/* ---- engine_accounts.c ---- */
void engine_accounts_start(struct engine *);
void engine_accounts_stop(struct engine *);
/* A form opens in which accounts are typed: the list is read. */
void engine_expect_typing(struct engine *, const struct effect_form *);
/* OFFER: acknowledges the event with what fits, at once or within two seconds. */
void engine_offer(struct engine *, const struct effect *);
/* The event is that list. */
bool engine_takes_list(struct engine *, const struct event *);

/* ---- engine_roots.c ---- */
void engine_roots_start(struct engine *);
void engine_roots_stop(struct engine *);
/* ROOT_USERS: looks at all of them, and tells how far it is. */
void engine_roots_look(struct engine *, const struct effect *);
/* The event is of that: the list of accounts, or what one root user has. */
bool engine_takes_root(struct engine *, const struct event *);
/* What was found since the last time, so that it is not asked again after a restart. Part of a
   transaction. */
bool engine_roots_keep(struct engine *, struct err *);

/* ---- engine_hearing.c ---- */
/* CHAT_UP learns what is known of the time before. */
void engine_recall_hearing(const struct engine *, struct event *, struct arena *);
/* Part of the turn's transaction. */
bool engine_keep_hearing(struct engine *, struct verdict *, struct err *);
/* DELIVERED tells that an earlier process had brought a message there under which people may have
   spoken and voted. */
bool engine_was_found(struct engine *, const struct event *, struct arena *);
/* Performs CATCH_UP with everything that has to be looked through. */
void engine_catch_up(struct engine *, const struct effect *, struct arena *);

/* ---- engine_time.c; engine_now_ms is there too ---- */
/* From the wall clock's time, or the newest record's when that is later. */
void engine_time_begin(struct engine *);

#endif
