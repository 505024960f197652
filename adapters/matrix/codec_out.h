/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as contents of m.room.message, and the relations between events. Pure. Sources:
   client-server specification 1.19, "Rich replies", "Event replacements", "Threading", "User and
   room mentions", "Event annotations and reactions". */
#ifndef REGUARD_MATRIX_CODEC_OUT_H
#define REGUARD_MATRIX_CODEC_OUT_H

#include <jansson.h>
#include "adapters/matrix/markup.h"
#include "core/err.h"
#include "core/effect.h"

/* Our private part of a content: "key", "case", "state", "votes", and what witness.h adds. */
#define MATRIX_OURS "dev.reguard"

/* A message of its own. New reference; NULL when a text is not UTF-8. */
json_t *matrix_message_json(const struct message *, const struct matrix_style *);
/* How much of a message is left out, because the homeserver does not take it otherwise: the HTML
   form; then the mention of everybody, our private part, and what is long. */
enum matrix_form { MATRIX_FORM_FULL, MATRIX_FORM_TEXT, MATRIX_FORM_BARE, MATRIX_FORMS };
void matrix_make_plainer(json_t *content, enum matrix_form);
/* An answer that mentions one person and nobody else, cut where an event would be too long; its
   texts are UTF-8. New reference. */
/* A file that stands in the media repository at that address. */
json_t *matrix_file_json(const struct effect_file *, const char *mxc);
json_t *matrix_answer_json(const struct effect_answer *, const struct matrix_style *);
/* A message that appears later by itself, cut where an event would be too long. New reference. */
json_t *matrix_word_json(const char *rich, const struct matrix_style *);
/* Where that event is, as an address for people. user: the bot. */
void matrix_add_address(struct buf *, const char *room, const char *event_id, const char *user);
/* Where the card is, behind everything else: for whoever reads it alone. user: the bot. */
void matrix_link_card(json_t *content, const char *room, const char *event_id, const char *user);
/* content becomes the new picture of the event with that id. Takes content; new reference. */
json_t *matrix_edit_json(json_t *content_taken, const char *event_id);
/* content goes under root, as a reply to the event reply_to. Both are event ids. */
void matrix_put_thread(json_t *content, const char *root, const char *reply_to);
/* content is a reply to that event, in no thread. */
void matrix_put_reply(json_t *content, const char *reply_to);
/* The content of m.reaction. New reference; NULL when a text is not UTF-8. */
json_t *matrix_reaction_json(const char *event_id, const char *key);

#endif
