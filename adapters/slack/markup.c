#include "adapters/slack/markup.h"
#include "core/limits.h"
#include "core/utf8.h"

#include <inttypes.h>
#include <string.h>

static void add_escaped(struct buf *b, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (text[i] == '&')
            buf_add(b, "&amp;");
        else if (text[i] == '<')
            buf_add(b, "&lt;");
        else if (text[i] == '>')
            buf_add(b, "&gt;");
        else
            buf_add_char(b, text[i]);
}

static void add_between(struct buf *b, const char *mark, const struct rich_piece *piece)
{
    /* The mark itself inside would end it early. */
    buf_add(b, mark);
    for (size_t i = 0; i < piece->text_bytes; i++)
        if (piece->text[i] != mark[0])
            add_escaped(b, piece->text + i, 1);
    buf_add(b, mark);
}

static void add_mention(struct buf *b, const struct rich_piece *piece, const struct people *people)
{
    const char *id = people ? person_chat_id(people_by_key(people, piece->person_key), "slack")
                            : NULL;
    if (id)
        buf_addf(b, "<@%s>", id);
    else
        add_escaped(b, piece->text, piece->text_bytes);
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

static void add_piece(struct buf *b, const struct rich_piece *piece, const struct people *people)
{
    switch (piece->kind) {
    case RICH_END: break;
    case RICH_TEXT:
    case RICH_FOR_BUTTONS: add_escaped(b, piece->text, piece->text_bytes); break;
    case RICH_MENTION: add_mention(b, piece, people); break;
    case RICH_TIME: add_time(b, piece->at_ms); break;
    case RICH_STRONG: add_between(b, "*", piece); break;
    case RICH_CODE: add_between(b, "`", piece); break;
    case RICH_ESCALATION: add_escalation(b, piece); break;
    }
}

/* The longest start of the text whose escaped form fits. */
static void add_cut(struct buf *b, const struct rich_piece *piece, size_t room)
{
    size_t fits = 0, used = 0;
    while (fits < piece->text_bytes) {
        size_t next = strchr("&<>", piece->text[fits]) ? 5 : 1;
        if (used + next > room)
            break;
        used += next;
        fits++;
    }
    add_escaped(b, piece->text, fits < piece->text_bytes ? utf8_cut(piece->text, fits) : fits);
}

void slack_markup(struct buf *b, const char *rich, const struct people *people, size_t most_bytes)
{
    static const char more[] = "…";
    size_t start = b->bytes;
    for (const char *cursor = rich;;) {
        struct rich_piece piece = rich_next(&cursor);
        if (piece.kind == RICH_END)
            return;
        CLEANUP(buf_done) struct buf one;
        buf_init(&one, LIMIT_MESSAGE_BYTES);
        add_piece(&one, &piece, people);
        size_t room = most_bytes - (b->bytes - start);
        if (!one.overflow && one.bytes + sizeof more <= room) {
            buf_add_bytes(b, buf_text(&one), one.bytes);
            continue;
        }
        if (piece.kind == RICH_TEXT && room > sizeof more)
            add_cut(b, &piece, room - sizeof more);
        buf_add(b, room >= sizeof more ? more : "");
        return;
    }
}

void slack_plain(struct buf *b, const char *rich, size_t most_bytes)
{
    CLEANUP(buf_done) struct buf plain;
    buf_init(&plain, LIMIT_MESSAGE_BYTES);
    rich_add_plain(&plain, rich);
    buf_add_bytes(b, buf_text(&plain),
                  plain.bytes <= most_bytes ? plain.bytes : utf8_cut(buf_text(&plain), most_bytes));
}

void slack_unescape(struct buf *b, const char *text)
{
    static const struct {
        const char *entity;
        char plain;
    } entities[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' } };
    while (*text) {
        size_t i = 0;
        while (i < COUNT(entities) &&
               strncmp(text, entities[i].entity, strlen(entities[i].entity)) != 0)
            i++;
        buf_add_char(b, i < COUNT(entities) ? entities[i].plain : *text);
        text += i < COUNT(entities) ? strlen(entities[i].entity) : 1;
    }
}
