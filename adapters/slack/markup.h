/* SPDX-License-Identifier: Apache-2.0 */
/* Rich text as Slack's mrkdwn. Everything that is not ours is escaped: & < > (docs.slack.dev,
   "Formatting message text"); for what formats, mrkdwn has no escape, so it becomes characters that
   look alike. Pure. */
#ifndef REGUARD_SLACK_MARKUP_H
#define REGUARD_SLACK_MARKUP_H

#include "core/person.h"
#include "core/rich.h"

/* At most most_bytes are added; where a piece does not fit any more "…" ends the text, and of what
   stands behind it whatever notifies somebody still follows: no text, however long, takes an alarm
   its voice. */
void slack_markup(struct buf *, const char *rich, const struct people *, size_t most_bytes);
/* Plain text for plain_text objects, cut at most_bytes at a whole character. */
void slack_plain(struct buf *, const char *rich, size_t most_bytes);
/* Text as people typed it in Slack: &amp; &lt; &gt; back to characters. */
void slack_unescape(struct buf *, const char *text);

#endif
