/* What each of our messages in a chat says of the records: the newest one's number and hash, whose
   records they are, and since when this process runs. Read back at start and beside the work, it
   shows a store that is older than what the chat has seen, another one, and another process. The
   same keys stand in Slack's metadata (event_payload) and in our own content key in Matrix. */
#ifndef REGUARD_WITNESS_H
#define REGUARD_WITNESS_H

#include <jansson.h>
#include "core/event.h"
#include "core/message.h"

/* Adds "record", "hash", "store" and "since". Nothing when the message bears no witness. */
void witness_add(json_t *payload, const struct witness *);
/* What a message of ours says, from the payload that also has "case" and "state". Whatever is
   absent or not in our own form stays empty: store "" when it bears no witness. */
void witness_read(const json_t *payload, struct sighting *ret);

#endif
