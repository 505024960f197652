/* SPDX-License-Identifier: Apache-2.0 */
/* Events of the room as ours. Pure but for the inbox, where the event and its strings are made.
   Shapes: client-server specification 1.19, "Room events", "Instant messaging", "Event annotations
   and reactions", "Redactions"; nothing about the types of a content may be assumed. */
#ifndef REGUARD_MATRIX_CODEC_IN_H
#define REGUARD_MATRIX_CODEC_IN_H

#include <jansson.h>
#include "core/limits.h"
#include "core/person.h"
#include "core/policy.h"
#include "port/inbox.h"

enum { MATRIX_VOTE_BYTES = 128 };

/* Votes seen lately: a redaction names only the reaction's event, and what it redacts is empty
   then. */
struct matrix_vote {
    char id[MATRIX_VOTE_BYTES], message[MATRIX_VOTE_BYTES], person[MATRIX_VOTE_BYTES], reaction[32];
};

struct matrix_codec {
    char user[256], room[256]; /* our id, and that of the one room that is served */
    char display_name[128], prefix[64];
    const struct people *people; /* both are lent */
    const struct policy *policy;
    struct matrix_vote votes[LIMIT_MATRIX_VOTES];
    size_t next_vote;
};

/* What somebody said to us, voted or took back; NULL when the event means nothing to us. Not put
   yet. Votes are remembered. */
struct event *matrix_read_event(struct matrix_codec *, const json_t *event, struct inbox *);
/* The same of a direct room with that person: all their words are for us, and nothing that lowers
   protection is taken there. */
struct event *matrix_read_aside(const struct matrix_codec *, const json_t *event,
                                const char *person_id, struct inbox *);
/* That person's vote for approving that message does not stand. */
struct event *matrix_vote_gone(const struct matrix_codec *, const char *message_id,
                               const char *person_id, const char *event_id, struct inbox *);
/* Flags that an id alone shows: outside the strict grammar, or of a server whose people have no say
   here. */
unsigned matrix_id_flags(const struct matrix_codec *, const char *user_id);
/* Of our own homeserver, which has given its events their times. */
bool matrix_is_local(const struct matrix_codec *, const char *user_id);
/* A reaction's key as the name that the configuration uses: "👍🏽" is "+1", "✅"
   "white_check_mark"; others stay as they are, without variation selectors and skin tones. */
void matrix_normalise_reaction(const char *key, char *to, size_t bytes);
/* The key to react with for a name, the name itself when there is no emoji. */
const char *matrix_emoji(const char *name);

/* Of the room's members ("joined" of joined_members) those who have no say here, whoever they
   are. */
size_t matrix_foreign_members(const struct matrix_codec *, const json_t *joined);

/* What is watched of the room: each as the newest state event says (specification 1.19, "Room
   events": create, member, encryption, tombstone, join_rules). Texts are "" where nothing is
   known. */
struct matrix_room {
    bool joined, encrypted, closed, local_only, known;
    bool invited; /* of a look only */
    char version[32], join_rule[32], replacement[256];
    size_t foreign_members;
    bool counted; /* foreign_members is known */
};
/* Takes a state event in; true when something that matters may have changed. */
bool matrix_note_state(struct matrix_codec *, struct matrix_room *, const json_t *event);
/* The event is our own coming into the room. */
bool matrix_is_own_join(const struct matrix_codec *, const json_t *event);

/* The address of what was uploaded, out of the answer; lent. NULL: it is none (specification 1.19,
   "Content repository": mxc://SERVER/ID, the id of letters, digits, "_" and "-"). */
const char *matrix_read_upload(const json_t *answer);

#endif
