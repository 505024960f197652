/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/matrix/markup.h"
#include "core/limits.h"
#include "core/utf8.h"
#include "host/zone.h"

#include <string.h>
#include <strings.h>
#include <time.h>

/* How pieces are written; the two forms differ in these only. */
struct form {
    void (*text)(struct buf *, const char *, size_t);
    const char *strong, *strong_end, *code, *code_end;
    bool html;
};

/* ---- escaping ---- */

void matrix_escape(struct buf *b, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        switch (text[i]) {
        case '&': buf_add(b, "&amp;"); break;
        case '<': buf_add(b, "&lt;"); break;
        case '>': buf_add(b, "&gt;"); break;
        case '"': buf_add(b, "&quot;"); break;
        case '\'': buf_add(b, "&#39;"); break;
        case '\n': buf_add(b, "<br>"); break;
        default: buf_add_char(b, text[i]);
        }
}

/* As much as goes in, at whole characters; overflow says that it is not all. */
static void add_fitting(struct buf *b, const char *text, size_t bytes)
{
    size_t left = b->ceiling - b->bytes - 1;
    if (bytes > left)
        buf_add_bytes(b, text, utf8_cut(text, left));
    buf_add_bytes(b, text, bytes);
}

static const struct form plain_form = { add_fitting, "", "", "`", "`", false };
static const struct form html_form = { matrix_escape, "<strong>", "</strong>",
                                       "<code>",      "</code>",  true };

void matrix_add_person(struct buf *b, const char *user_id)
{
    size_t bytes = strlen(user_id);
    buf_add(b, "<a href=\"https://matrix.to/#/");
    matrix_escape(b, user_id, bytes);
    buf_add(b, "\">");
    matrix_escape(b, user_id, bytes);
    buf_add(b, "</a>");
}

/* ---- pieces ---- */

/* Text that is no mark. Older clients and servers take the words for everybody in the room as a
   mention wherever they stand. */
static void add_words(struct buf *b, const struct form *f, const char *text, size_t bytes)
{
    static const char everybody[] = "@room";
    const size_t most = sizeof everybody - 1;
    size_t done = 0;
    for (size_t i = 0; i + most <= bytes; i++)
        if (strncasecmp(text + i, everybody, most) == 0) {
            f->text(b, text + done, i - done);
            buf_add(b, "＠");
            done = i + 1;
        }
    f->text(b, text + done, bytes - done);
}

static void add_code(struct buf *b, const struct form *f, const char *text, size_t bytes,
                     const struct matrix_style *style)
{
    const char *word = style->policy->command_word;
    size_t word_bytes = strlen(word);
    buf_add(b, f->code);
    if (word_bytes && bytes >= word_bytes && memcmp(text, word, word_bytes) == 0 &&
        (bytes == word_bytes || text[word_bytes] == ' ')) {
        f->text(b, style->prefix, strlen(style->prefix));
        text += word_bytes;
        bytes -= word_bytes;
    }
    add_words(b, f, text, bytes);
    buf_add(b, f->code_end);
}

/* Our own sentences put commands between grave accents; text from outside has none (outside.h). */
static void add_text(struct buf *b, const struct form *f, const char *text, size_t bytes,
                     const struct matrix_style *style)
{
    while (bytes) {
        const char *open = memchr(text, '`', bytes);
        const char *close = open ? memchr(open + 1, '`', bytes - (size_t)(open + 1 - text)) : NULL;
        if (!close) {
            add_words(b, f, text, bytes);
            return;
        }
        add_words(b, f, text, (size_t)(open - text));
        add_code(b, f, open + 1, (size_t)(close - open - 1), style);
        bytes -= (size_t)(close + 1 - text);
        text = close + 1;
    }
}

static void add_mention(struct buf *b, const struct form *f, const struct rich_piece *piece,
                        const struct matrix_style *style)
{
    const char *id = person_chat_id(people_by_key(style->people, piece->person_key), "matrix");
    if (!id)
        add_words(b, f, piece->text, piece->text_bytes);
    else if (f->html)
        matrix_add_person(b, id);
    else
        buf_add(b, id);
}

/* By their own clock, and which that is. */
static bool add_time_there(struct buf *b, const struct form *f, ms_t at_ms, const char *zone,
                           const char *utc)
{
    char local[64];
    struct zone theirs;
    struct tm there;
    if (!str_or_empty(zone)[0] || !zone_clock(zone, at_ms, &theirs) || !theirs.ahead_ms)
        return false;
    time_t seconds = (time_t)((at_ms + theirs.ahead_ms) / 1000);
    if (!gmtime_r(&seconds, &there) || !strftime(local, sizeof local, "%Y-%m-%d %H:%M ", &there))
        return false;
    buf_add(b, local);
    f->text(b, zone, strlen(zone));
    buf_addf(b, " (%s)", utc);
    return true;
}

/* Matrix clients do not convert instants: the time of the reader's own zone where it is known, else
   of the configured one, and UTC beside it. */
static void add_time(struct buf *b, const struct form *f, ms_t at_ms, const char *zone)
{
    char local[64], utc[64];
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm here, there;
    if (!localtime_r(&seconds, &here) || !gmtime_r(&seconds, &there) ||
        !strftime(utc, sizeof utc, "%Y-%m-%d %H:%M UTC", &there) ||
        !strftime(local, sizeof local, "%Y-%m-%d %H:%M %Z", &here))
        return;
    if (add_time_there(b, f, at_ms, zone, utc))
        return;
    if (here.tm_gmtoff == 0)
        buf_add(b, utc);
    else
        buf_addf(b, "%s (%s)", local, utc);
}

bool matrix_means_room(const char *text, size_t bytes)
{
    static const char *const notations[] = { "@room", "<!here>", "<!channel>", "<!everyone>" };
    for (size_t i = 0; i < COUNT(notations); i++)
        if (strlen(notations[i]) == bytes && memcmp(text, notations[i], bytes) == 0)
            return true;
    return false;
}

/* Several may be configured, separated by blanks; those of Slack's people and groups mean nobody
   here. */
static void add_escalation(struct buf *b, const struct form *f, const struct rich_piece *piece)
{
    bool room_named = false, any = false;
    for (size_t at = 0; at < piece->text_bytes;) {
        const char *word = piece->text + at;
        const char *blank = memchr(word, ' ', piece->text_bytes - at);
        size_t bytes = blank ? (size_t)(blank - word) : piece->text_bytes - at;
        bool room = matrix_means_room(word, bytes),
             person = bytes > 1 && word[0] == '@' && memchr(word, ':', bytes);
        if ((room && !room_named) || person) {
            buf_add(b, any ? " " : "");
            f->text(b, room ? "@room" : word, room ? 5 : bytes);
            any = true;
        }
        room_named |= room;
        at += bytes + 1;
    }
}

static void add_link(struct buf *b, const struct form *f, const struct rich_piece *piece)
{
    size_t bytes = strlen(piece->address);
    if (bytes && f->html) {
        buf_add(b, "<a href=\"");
        matrix_escape(b, piece->address, bytes);
        buf_add(b, "\">");
    }
    add_words(b, f, piece->text, piece->text_bytes);
    if (bytes && f->html)
        buf_add(b, "</a>");
    else if (bytes)
        buf_addf(b, " (%s)", piece->address);
}

static void add_piece(struct buf *b, const struct form *f, const struct rich_piece *piece,
                      const struct matrix_style *style)
{
    switch (piece->kind) {
    case RICH_END:
    case RICH_FOR_BUTTONS: break;
    case RICH_CHANNEL: add_words(b, f, piece->text, piece->text_bytes); break;
    case RICH_TEXT: add_text(b, f, piece->text, piece->text_bytes, style); break;
    case RICH_MENTION: add_mention(b, f, piece, style); break;
    case RICH_TIME: add_time(b, f, piece->at_ms, style->zone); break;
    case RICH_STRONG:
        buf_add(b, f->strong);
        add_words(b, f, piece->text, piece->text_bytes);
        buf_add(b, f->strong_end);
        break;
    case RICH_CODE: add_code(b, f, piece->text, piece->text_bytes, style); break;
    case RICH_LINK: add_link(b, f, piece); break;
    case RICH_ESCALATION: add_escalation(b, f, piece); break;
    }
}

static void add_all(struct buf *b, const struct form *f, const char *rich,
                    const struct matrix_style *style)
{
    for (const char *cursor = str_or_empty(rich);;) {
        struct rich_piece piece = rich_next(&cursor);
        if (piece.kind == RICH_END)
            return;
        add_piece(b, f, &piece, style);
    }
}

void matrix_plain(struct buf *b, const char *rich, const struct matrix_style *style)
{
    add_all(b, &plain_form, rich, style);
}

void matrix_html(struct buf *b, const char *rich, const struct matrix_style *style)
{
    add_all(b, &html_form, rich, style);
}
