/* SPDX-License-Identifier: Apache-2.0 */
/* What each of our messages in a chat says of the records: the newest one's number and hash, whose
   records they are and since when, since when this process runs, when the message was made, by when
   the next sign of life is promised, and the end of the open window. Read back at start and beside
   the work, it shows a store that is older than what the chat has seen, another one, and another
   process. The same keys stand in Slack's metadata (event_payload) and in our own content key in
   Matrix. */
#ifndef REGUARD_WITNESS_H
#define REGUARD_WITNESS_H

#include <jansson.h>
#include "core/event.h"
#include "core/message.h"

/* Adds "record", "hash", "store", "since", "said", "born", and "again", "until", "speaks" and
   "epoch" where there is such a thing; "vigil" and "said" of a message of the second pair of eyes
   (core/vigil.h). Nothing when the message bears no witness. */
void witness_add(json_t *payload, const struct witness *);
/* What a message of ours says, from the payload that also has "case" and "state". Whatever is
   absent or not in our own form stays empty: store "" when it bears no witness. */
void witness_read(const json_t *payload, struct sighting *ret);

/* Both are of the same store's messages, as far as both tell: two processes with one set of tokens
   may give the same key to messages of their own. */
bool witness_same_store(const json_t *payload, const char *store);

#endif
