/* SPDX-License-Identifier: Apache-2.0 */
/* The turn: events in, one transaction, then acknowledgements and effects out. The only room that
   sees the desk, the store and the adapter port together. */
#ifndef REGUARD_ENGINE_H
#define REGUARD_ENGINE_H

#include "engine/engine_state.h"

/* Takes over nothing; store and loop outlive the engine. Rebuilds the desk from the journal. */
bool engine_init(struct engine *, struct loop *, struct store *, const struct policy *,
                 const struct people *, struct err *);
void engine_done(struct engine *);
/* What people may say; lent. Before engine_start. */
void engine_use_commands(struct engine *, const struct command *const *, size_t count);
/* How people call the chats and the provider; lent. Before engine_start. */
void engine_use_venues(struct engine *, const struct venues *);
/* The key under which mailed codes are kept (codekey.h); taken over. */
void engine_take_code_key(struct engine *, struct secret *);
/* Before engine_start. The adapter is lent. */
void engine_add(struct engine *, struct adapter *);
/* Before engine_start: the channel or room in which that chat is served. When the last process
   served another one, the cards of open cases come anew there, with what is said under them. */
void engine_place(struct engine *, const char *chat, const char *place);
/* Between engine_init and engine_start: keeps a value in the store, or, where that cannot be
   written, in memory until it can. */
bool engine_put_at_start(struct engine *, const char *key, const char *value, struct err *);
/* A chat that is rendered for but never started: its messages wait in the store. */
void engine_add_silent(struct engine *, struct adapter *chat);
/* Stops and frees every chat's adapter; the others go on. What is unsent waits in the store. */
void engine_stop_chats(struct engine *);
/* At the end, behind that: answers that have arrived are not given again after the next start. */
void engine_put_arrived(struct engine *);
/* Tries to write again what could not be written; true: everything is on the disk. */
bool engine_try_back(struct engine *);
/* Puts STARTED and starts the adapters. lost: why the store cannot be written, "" when it can. */
bool engine_start(struct engine *, const char *lost, struct err *);
/* Now, for deadlines: never earlier than before, also when the wall clock is set back. */
ms_t engine_now_ms(struct engine *);
/* New rules and people after a reload. */
void engine_reconfigure(struct engine *, const struct policy *, const struct people *);
/* That they were read: what differs from those on record is put on record, and told. */
void engine_put_rules(struct engine *, const struct engine_rules *);
/* They could not be taken over: the first problem, without anything secret, and how many others. */
void engine_refuse_rules(struct engine *, const char *problem, size_t others);
/* The newest read said on or off, and is no older than two intervals. */
bool engine_reads_lately(struct engine *);
/* The watch and the open cases as GET /status and the control socket show them. */
void engine_status_json(struct engine *, struct buf *);

#endif
