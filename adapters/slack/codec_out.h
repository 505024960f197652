/* Messages and forms to Block Kit. Pure. Limits: docs.slack.dev, "Blocks" and "Composition
   objects". */
#ifndef REGUARD_SLACK_CODEC_OUT_H
#define REGUARD_SLACK_CODEC_OUT_H

#include <jansson.h>
#include "core/effect.h"
#include "core/err.h"
#include "core/person.h"

/* What chat.postMessage and chat.update take, but for channel, ts and thread_ts: less than
   LIMIT_MESSAGE_BYTES as text, if need be with fields cut short. New reference; NULL when a text is
   not UTF-8. */
json_t *slack_message_json(const struct message *, const struct people *);
/* The view of a form for views.open. New reference. */
json_t *slack_form_json(const struct effect_form *);

/* Forms of a message, each plainer than the one before: without blocks, and without what notifies
   many (<!here> and the like) and without metadata. Its text says everything that matters. */
enum slack_form { SLACK_FORM_FULL, SLACK_FORM_TEXT, SLACK_FORM_BARE, SLACK_FORMS };
void slack_make_plainer(json_t *message, enum slack_form);

#endif
