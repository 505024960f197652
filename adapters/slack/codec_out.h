/* SPDX-License-Identifier: Apache-2.0 */
/* Messages and forms to Block Kit. Pure. Limits: docs.slack.dev, "Blocks" and "Composition
   objects". */
#ifndef REGUARD_SLACK_CODEC_OUT_H
#define REGUARD_SLACK_CODEC_OUT_H

#include <jansson.h>
#include "core/effect.h"
#include "core/err.h"
#include "core/person.h"

struct slack_codec;

/* What chat.postMessage and chat.update take, but for channel, ts and thread_ts: less than
   LIMIT_MESSAGE_BYTES as text, if need be with fields cut short. New reference; NULL when a text is
   not UTF-8. */
json_t *slack_message_json(const struct message *, const struct people *);
/* Adds the address of that message of that channel; false: it is not known, and what was added is
   no address. */
bool slack_add_permalink(struct buf *, const struct slack_codec *, const char *ts);
/* Adds a link to that message of that channel, where the team's own address is known. */
void slack_link_card(json_t *message, const struct slack_codec *, const char *ts);
/* The view of a form for views.open and views.update. New reference. */
json_t *slack_form_json(const struct effect_form *);
/* Blocks of a panel, no more than so many; its buttons are that person's (read_click in
   codec_in.c). New reference. */
json_t *slack_panel_json(const struct panel *, const char *person_id, const struct people *,
                         size_t most);
/* The view of a person's own page for views.publish; panel NULL: only `otherwise`, which is rich.
   New reference. */
json_t *slack_home_json(const struct panel *, const char *person_id, const char *otherwise,
                        const struct people *);
/* What goes with the acknowledgement of a form that stays (docs.slack.dev, "response_action"). New
   reference. */
json_t *slack_reply_json(const struct effect_form *);

/* What goes with the acknowledgement of somebody's typing (docs.slack.dev, "Select menu of external
   data source"). New reference. */
json_t *slack_choices_json(const struct choice *, size_t count);

/* Forms of a message, each plainer than the one before: without blocks, and without what notifies
   many (<!here> and the like) and without metadata. Its text says everything that matters. */
enum slack_form { SLACK_FORM_FULL, SLACK_FORM_TEXT, SLACK_FORM_BARE, SLACK_FORMS };
void slack_make_plainer(json_t *message, enum slack_form);

#endif
