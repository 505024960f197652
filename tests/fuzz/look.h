/* SPDX-License-Identifier: Apache-2.0 */
/* What is live in a finished text, found by the rules of whoever shows it and by nothing of the
   bot: Slack's mrkdwn (docs.slack.dev, "Formatting message text"), Matrix's HTML and plain body
   (client-server specification 1.19, "m.room.message msgtypes", "User and room mentions"), mail
   (RFC 5322), JSON lines, terminals. Everything live is appended to `shape`, in order: what people
   or providers write must not change it. What can never be right ends the program. */
#ifndef REGUARD_FUZZ_LOOK_H
#define REGUARD_FUZZ_LOOK_H

#include "core/buf.h"

#include <jansson.h>

/* UTF-8 (RFC 3629), and no character that moves the cursor, turns the direction or shows nothing;
   line feeds only when the text may have lines. */
void look_characters(const char *where, const char *text, bool lines);
void look_mrkdwn(const char *where, const char *text, struct buf *shape);
/* plain_text objects: pictures by their names, nothing else. */
void look_plain_text(const char *where, const char *text, struct buf *shape);
/* A whole payload: every text object by its type, and that nothing is parsed that we did not
   write. */
void look_slack(const char *where, json_t *payload, struct buf *shape);
void look_html(const char *where, const char *html, struct buf *shape);
/* A content of m.room.message: both bodies and who is mentioned. */
void look_matrix(const char *where, const json_t *content, struct buf *shape);
/* Names of the headers, each a shape of its own; then the lines of the body. */
void look_mail(const char *where, const char *mail, struct buf *shape);
/* One line of text, or of JSON whose member names are the shape. */
void look_line(const char *where, const char *line, size_t bytes, bool json, struct buf *shape);

#endif
