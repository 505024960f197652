/* SPDX-License-Identifier: Apache-2.0 */
/* Marks inside our own text that each chat shows in its own way: a person, an instant, strong and
   fixed-width words. A mark is \x01, one letter, its argument, \x02; text from outside cannot hold
   these bytes (outside.h), and only the functions here write them. Grave accents around a command
   are ours in the same way. */
#ifndef REGUARD_RICH_H
#define REGUARD_RICH_H

#include "core/buf.h"
#include "core/limits.h"

/* Mentions the person with that key, so that the chat notifies them; shows `name` where the chat
   does not know them. */
void rich_add_mention(struct buf *, const char *person_key, const char *name);
/* An instant in the reader's own time, or in the configured zone where the chat cannot do that. */
void rich_add_time(struct buf *, ms_t at_ms);
/* The same of an end that people agree on: where it is shown in the reader's own time, that is
   said, and the time in UTC beside it. */
void rich_add_end(struct buf *, ms_t at_ms);
void rich_add_strong(struct buf *, const char *text);
void rich_add_code(struct buf *, const char *text);
/* The channel with that chat id, as the chat's own link where it is one. */
void rich_add_channel(struct buf *, const char *id);
/* Words that lead to an address of ours (https, nothing in it that ends a link: ticket.h). */
void rich_add_link(struct buf *, const char *address, const char *words);
/* Words that make sense only where messages have buttons; other chats leave them out. */
void rich_add_for_buttons(struct buf *, const char *text);
/* The configured escalation mention, in the chat's own notation: the only text that a codec passes
   through unescaped. */
void rich_add_escalation(struct buf *, const char *notation);
/* The full stop of a sentence that ends with words of somebody else, which may have one already. */
void rich_end_sentence(struct buf *);

enum rich_kind {
    RICH_END,
    RICH_TEXT,
    RICH_MENTION,
    RICH_TIME,
    RICH_STRONG,
    RICH_CODE,
    RICH_CHANNEL,
    RICH_FOR_BUTTONS,
    RICH_LINK,
    RICH_ESCALATION
};
struct rich_piece {
    enum rich_kind kind;
    const char *text; /* not terminated: text_bytes long. TEXT, STRONG, CODE, CHANNEL, FOR_BUTTONS,
                         ESCALATION, LINK; MENTION: the name */
    size_t text_bytes;
    char person_key[256];           /* MENTION */
    char address[LIMIT_LINK_BYTES]; /* LINK */
    ms_t at_ms;                     /* TIME */
};
/* Reads the piece at *cursor and moves it on. Malformed marks come out as text without their
   control bytes. */
struct rich_piece rich_next(const char **cursor);
/* As plain text: names, times in the process's zone (TZ) with its abbreviation, no markup. */
void rich_add_plain(struct buf *, const char *rich);

#endif
