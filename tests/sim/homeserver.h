/* SPDX-License-Identifier: Apache-2.0 */
/* A homeserver that is made up, behind net/http.h, and with one room: what the process hears of
   Matrix goes through the whole adapter, with its polls, its gaps and its place in the room. What
   it posts stays with chats.c. */
#ifndef REGUARD_SIM_HOMESERVER_H
#define REGUARD_SIM_HOMESERVER_H

#include "tests/sim/chats.h"

/* Empty room. There is one at a time. */
void homeserver_new(struct chat_world *);
void homeserver_free(void);

/* What came about in the room, which polls that wait are told. */
void homeserver_did(const struct doing *);
/* edits: the message that this is a newer picture of, NULL for a message of its own; content: as it
   was sent. */
void homeserver_posted(const char *id, const char *edits, const char *content);
void homeserver_deleted(const char *id);
/* Connections break: what is asked now has no answer. */
void homeserver_breaks(void);

/* The real adapter, of the process whose turn it is: its effects but for DELIVER, IDENTIFY and
   ANSWER, and its acknowledgements. */
struct adapter *homeserver_adapter(const char *cursor);
/* Rules and people are others now. */
void homeserver_use_rules(void);
/* That process and its adapter are gone. */
void homeserver_process_gone(void);
/* Before the adapter is told: what lies before a mark that is on disk is never sent again. */
void homeserver_marked(const char *mark);
/* The event with that id is on disk. */
void homeserver_heard(const char *id);

#endif
