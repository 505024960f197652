/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/slack/markup.h"
#include "core/limits.h"
#include "core/utf8.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

/* How many characters in front stand for themselves wherever they are. Nearly all do; they are
   copied at once, and a few at a time: where room ends, those go whole. */
static size_t plain_bytes(const char *text, size_t bytes)
{
    enum { MOST = 64 };
    static const bool marks[UCHAR_MAX + 1] = {
        ['&'] = true, ['<'] = true, ['>'] = true, ['*'] = true,
        ['~'] = true, ['_'] = true, [':'] = true
    };
    size_t plain = 0;
    while (plain < bytes && plain < MOST && !marks[(unsigned char)text[plain]])
        plain++;
    return plain;
}

static void add_escape(struct buf *b, char c)
{
    if (c == '&')
        buf_add(b, "&amp;");
    else if (c == '<')
        buf_add(b, "&lt;");
    else if (c == '>')
        buf_add(b, "&gt;");
    else
        buf_add_char(b, c);
}

static void add_escaped(struct buf *b, const char *text, size_t bytes)
{
    for (const char *end = text + bytes; text < end; text++) {
        size_t plain = plain_bytes(text, (size_t)(end - text));
        buf_add_bytes(b, text, plain);
        text += plain;
        if (text < end)
            add_escape(b, *text);
    }
}

/* ---- text without formatting ---- */

static bool is_word(char c) { return is_digit(c) || is_letter(c); }

/* ":name:" at text is shown as a picture. "12:30:45" is a time. */
static bool is_emoji(const char *text, size_t bytes, char before)
{
    size_t end = 1;
    bool digits = true;
    while (end < bytes && text[end] != ':' && text[end] != ' ' && text[end] != '\n')
        digits &= is_digit(text[end++]);
    return end > 1 && end < bytes && text[end] == ':' && !(digits && is_digit(before));
}

/* What stands in the place of a character that would format: it looks alike and formats nothing.
   NULL: the character itself. An underscore inside a word is none. */
static const char *lookalike(const char *text, size_t bytes, char before)
{
    switch (text[0]) {
    case '*': return "∗";
    case '~': return "∼";
    case '_': return is_word(before) && bytes > 1 && is_word(text[1]) ? NULL : "＿";
    case ':': return is_emoji(text, bytes, before) ? "∶" : NULL;
    case '>': return before == '\n' ? "›" : NULL; /* a quotation, also when escaped */
    default: return NULL;
    }
}

/* Everything that is not a mark is text: mrkdwn has no escape for what formats, so it gets
   characters that do not. */
static void add_unformatted(struct buf *b, const char *text, size_t bytes, char before)
{
    for (const char *end = text + bytes; text < end; text++) {
        size_t plain = plain_bytes(text, (size_t)(end - text));
        buf_add_bytes(b, text, plain);
        text += plain;
        if (text == end)
            return;
        const char *other = lookalike(text, (size_t)(end - text), plain ? text[-1] : before);
        if (other)
            buf_add(b, other);
        else
            add_escape(b, *text);
        before = *text;
    }
}

/* Our own sentences put commands between grave accents, text from outside has none (outside.h);
   inside, nothing formats. */
static void add_text(struct buf *b, const char *text, size_t bytes, char before)
{
    while (bytes) {
        const char *open = memchr(text, '`', bytes);
        const char *close = open ? memchr(open + 1, '`', bytes - (size_t)(open + 1 - text)) : NULL;
        size_t plain = close ? (size_t)(open - text) : bytes,
               code = close ? (size_t)(close + 1 - open) : 0;
        add_unformatted(b, text, plain, before);
        add_escaped(b, text + plain, code);
        text += plain + code;
        bytes -= plain + code;
        before = '`';
    }
}

static void add_strong(struct buf *b, const struct rich_piece *piece)
{
    buf_add_char(b, '*');
    add_unformatted(b, piece->text, piece->text_bytes, ' ');
    buf_add_char(b, '*');
}

/* The mark itself inside would end it early. */
static void add_code(struct buf *b, const struct rich_piece *piece)
{
    buf_add_char(b, '`');
    for (size_t i = 0; i < piece->text_bytes; i++)
        if (piece->text[i] != '`')
            add_escaped(b, piece->text + i, 1);
    buf_add_char(b, '`');
}

/* ---- pieces ---- */

static void add_mention(struct buf *b, const struct rich_piece *piece, const struct people *people,
                        char before)
{
    const char *id = people ? person_chat_id(people_by_key(people, piece->person_key), "slack")
                            : NULL;
    if (id)
        buf_addf(b, "<@%s>", id);
    else
        add_unformatted(b, piece->text, piece->text_bytes, before);
}

static void add_time(struct buf *b, ms_t at_ms)
{
    CLEANUP(buf_done) struct buf utc;
    char mark[40];
    buf_init(&utc, 64);
    struct buf *m = &(struct buf){ .ceiling = sizeof mark };
    rich_add_time(m, at_ms);
    rich_add_plain(&utc, buf_text(m));
    buf_done(m);
    buf_addf(b, "<!date^%" PRId64 "^{date_short_pretty} {time}|%s>", at_ms / 1000, buf_text(&utc));
}

/* Ids of channels are a C or G, capital letters and digits. */
static void add_channel(struct buf *b, const struct rich_piece *piece, char before)
{
    size_t bytes = piece->text_bytes;
    bool id = bytes > 2 && bytes <= 32 && strchr("CG", piece->text[0]) &&
              strspn(piece->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") >= bytes;
    buf_add(b, id ? "<#" : "");
    add_unformatted(b, piece->text, bytes, before);
    buf_add(b, id ? ">" : "");
}

static void add_link(struct buf *b, const struct rich_piece *piece, char before)
{
    bool leads = piece->address[0] && !strpbrk(piece->address, "<>| ");
    if (leads) {
        buf_add_char(b, '<');
        add_escaped(b, piece->address, strlen(piece->address));
        buf_add_char(b, '|');
    }
    add_unformatted(b, piece->text, piece->text_bytes, before);
    buf_add(b, leads ? ">" : "");
}

/* <!here>, <!channel>, <!everyone>, <!subteam^S…>, <@U…>: the notations that notify. Anything else
   is text. */
static bool is_notification(const char *text, size_t bytes)
{
    static const char *const whole[] = { "<!here>", "<!channel>", "<!everyone>" };
    for (size_t i = 0; i < COUNT(whole); i++)
        if (strlen(whole[i]) == bytes && memcmp(text, whole[i], bytes) == 0)
            return true;
    size_t prefix = bytes > 12 && memcmp(text, "<!subteam^", 10) == 0 ? 10
                    : bytes > 4 && memcmp(text, "<@", 2) == 0         ? 2
                                                                      : 0;
    return prefix &&
           strspn(text + prefix, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == bytes - prefix - 1 &&
           text[bytes - 1] == '>';
}

static void add_escalation(struct buf *b, const struct rich_piece *piece)
{
    /* Several may be configured, separated by blanks. */
    for (size_t at = 0; at < piece->text_bytes;) {
        size_t bytes = 0;
        while (at + bytes < piece->text_bytes && piece->text[at + bytes] != ' ')
            bytes++;
        if (is_notification(piece->text + at, bytes))
            buf_add_bytes(b, piece->text + at, bytes);
        else
            add_escaped(b, piece->text + at, bytes);
        at += bytes;
        if (at < piece->text_bytes) {
            buf_add_char(b, ' ');
            at++;
        }
    }
}

/* before: the character in front of it, '\n' at the beginning of a line. */
static void add_piece(struct buf *b, const struct rich_piece *piece, const struct people *people,
                      char before)
{
    switch (piece->kind) {
    case RICH_END: break;
    case RICH_TEXT:
    case RICH_FOR_BUTTONS: add_text(b, piece->text, piece->text_bytes, before); break;
    case RICH_MENTION: add_mention(b, piece, people, before); break;
    case RICH_TIME: add_time(b, piece->at_ms); break;
    case RICH_STRONG: add_strong(b, piece); break;
    case RICH_CODE: add_code(b, piece); break;
    case RICH_CHANNEL: add_channel(b, piece, before); break;
    case RICH_LINK: add_link(b, piece, before); break;
    case RICH_ESCALATION: add_escalation(b, piece); break;
    }
}

/* The longest start of finished text that fits, at whole characters and entities. */
static size_t fitting(const char *text, size_t room)
{
    size_t cut = utf8_cut(text, room);
    for (size_t back = 1; back <= cut && back < sizeof "&amp;"; back++) {
        if (text[cut - back] == ';')
            break;
        if (text[cut - back] == '&')
            return cut - back;
    }
    return cut;
}

/* Whether somebody's phone rings for it. */
static bool rings(const struct rich_piece *piece, const struct people *people)
{
    return piece->kind == RICH_ESCALATION ||
           (piece->kind == RICH_MENTION && people &&
            person_chat_id(people_by_key(people, piece->person_key), "slack"));
}

/* What all that rings takes, each with a blank in front; at most half of the room. */
static size_t ringing_bytes(const char *rich, const struct people *people, size_t most_bytes)
{
    size_t total = 0;
    for (const char *cursor = rich;;) {
        struct rich_piece piece = rich_next(&cursor);
        if (piece.kind == RICH_END)
            return total < most_bytes / 2 ? total : most_bytes / 2;
        if (!rings(&piece, people))
            continue;
        CLEANUP(buf_done) struct buf one;
        buf_init(&one, LIMIT_MESSAGE_BYTES);
        add_piece(&one, &piece, people, ' ');
        total += one.bytes + 1;
    }
}

/* As much of a text as fits, and the mark that there was more. */
static void add_start(struct buf *b, const struct rich_piece *piece, const struct buf *whole,
                      size_t room)
{
    static const char more[] = "…";
    if (piece->kind == RICH_TEXT && room > sizeof more)
        buf_add_bytes(b, buf_text(whole), fitting(buf_text(whole), room - sizeof more));
    buf_add(b, room >= sizeof more ? more : "");
}

void slack_markup(struct buf *b, const char *rich, const struct people *people, size_t most_bytes)
{
    size_t start = b->bytes, kept = ringing_bytes(rich, people, most_bytes);
    bool cut = false;
    CLEANUP(buf_done) struct buf one;
    buf_init(&one, LIMIT_MESSAGE_BYTES);
    for (const char *cursor = rich;;) {
        struct rich_piece piece = rich_next(&cursor);
        bool ringing = rings(&piece, people);
        if (piece.kind == RICH_END)
            return;
        if (cut && !ringing)
            continue;
        buf_clear(&one);
        buf_add(&one, cut ? " " : "");
        add_piece(&one, &piece, people, b->bytes > start ? b->text[b->bytes - 1] : '\n');
        size_t left = most_bytes - (b->bytes - start), taken = one.bytes + (cut ? 0 : 1);
        if (ringing)
            kept -= taken < kept ? taken : kept;
        size_t room = left > kept ? left - kept : 0;
        if (!one.overflow && one.bytes + (ringing ? 0 : sizeof "…") <= room) {
            buf_add_bytes(b, buf_text(&one), one.bytes);
        } else if (!cut) {
            add_start(b, &piece, &one, room);
            cut = true;
        }
    }
}

void slack_plain(struct buf *b, const char *rich, size_t most_bytes)
{
    CLEANUP(buf_done) struct buf text, plain;
    buf_init(&text, LIMIT_MESSAGE_BYTES);
    buf_init(&plain, LIMIT_MESSAGE_BYTES);
    rich_add_plain(&text, rich);
    for (size_t i = 0; i < text.bytes; i++)
        if (buf_text(&text)[i] == ':' &&
            is_emoji(buf_text(&text) + i, text.bytes - i, i ? buf_text(&text)[i - 1] : ' '))
            buf_add(&plain, "∶");
        else
            buf_add_char(&plain, buf_text(&text)[i]);
    buf_add_bytes(b, buf_text(&plain),
                  plain.bytes <= most_bytes ? plain.bytes : utf8_cut(buf_text(&plain), most_bytes));
}

/* Slack makes links of what looks like an address, a host or a number: "<tel:1|1>",
   "<mailto:a@b|a@b>", "<http://host|host>", "<https://host/path>". The words that were typed stand
   behind the bar, or are the address itself. What names people, channels and groups stays. Returns
   the bytes of the notation, 0 when it is none. */
static size_t link_in(const char *text, const char **ret_words, size_t *ret_bytes)
{
    size_t bytes = *text == '<' ? strcspn(text, ">") : 0;
    if (bytes < 2 || text[bytes] != '>' || strchr("@#!", text[1]) ||
        memchr(text + 1, '<', bytes - 1))
        return 0;
    const char *end = text + bytes, *bar = memchr(text + 1, '|', bytes - 1);
    bool labelled = bar && bar + 1 < end;
    *ret_words = labelled ? bar + 1 : text + 1;
    *ret_bytes = (size_t)((labelled || !bar ? end : bar) - *ret_words);
    return bytes + 1;
}

static void add_unescaped(struct buf *b, const char *text, size_t bytes);

void slack_unescape(struct buf *b, const char *text)
{
    while (*text) {
        const char *words;
        size_t bytes, link = link_in(text, &words, &bytes);
        if (link) {
            add_unescaped(b, words, bytes);
            text += link;
            continue;
        }
        bytes = 1 + strcspn(text + 1, "<");
        add_unescaped(b, text, bytes);
        text += bytes;
    }
}

static void add_unescaped(struct buf *b, const char *text, size_t bytes)
{
    const char *end = text + bytes;
    static const struct {
        const char *entity;
        char plain;
    } entities[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' } };
    while (text < end) {
        size_t i = 0;
        while (i < COUNT(entities) &&
               strncmp(text, entities[i].entity, strlen(entities[i].entity)) != 0)
            i++;
        buf_add_char(b, i < COUNT(entities) ? entities[i].plain : *text);
        text += i < COUNT(entities) ? strlen(entities[i].entity) : 1;
    }
}
