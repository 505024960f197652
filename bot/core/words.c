/* SPDX-License-Identifier: Apache-2.0 */
#include "core/words.h"
#include "core/buf.h"
#include "core/limits.h"
#include "core/inert.h"
#include "core/utf8.h"

#include <string.h>

/* What phones and editors turn plain characters into, back again. 0: drop it. */
static uint32_t plain(uint32_t c)
{
    switch (c) {
    case 0x2018:
    case 0x2019:
    case 0x201A:
    case 0x201B:
    case 0x2032: return '\'';
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2033:
    case 0xAB:
    case 0xBB: return '"';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212: return '-';
    case 0x200B:
    case 0x200C:
    case 0x200D:
    case 0x2060:
    case 0xFEFF:
    case 0xAD: return 0;
    case 0x85:
    case 0xA0:
    case 0x2028:
    case 0x2029:
    case 0x202F:
    case 0x205F:
    case 0x2800:
    case 0x3000:
    case '\t':
    case '\n':
    case '\r': return ' ';
    default:
        if (c >= 0xFE00 && c <= 0xFE0F) /* text or picture: looks the same to us */
            return 0;
        return c >= 0x2000 && c <= 0x200A ? ' ' : c;
    }
}

static bool is_quote(char c) { return c == '"'; }

/* Marks with which clients make text bold, slanted or struck through, where they stand around
   words. */
static const char MARKS[] = "*_~";

/* A grave accent around code, as our own examples are shown; inside a word it is somebody's. */
static bool is_code_mark(const struct buf *b, const char *next)
{
    char before = b->bytes ? b->text[b->bytes - 1] : ' ';
    return strchr(" (\"'*_~", before) || !*next || strchr(" \t\r\n`.,:;!?)\"'*_~", *next);
}

static char *normalised(struct arena *arena, const char *text)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_COMMAND_BYTES);
    for (bool line_begins = true; *text && !b.overflow;) {
        uint32_t c = 0xFFFD;
        size_t bytes = utf8_decode(text, &c);
        text += bytes ? bytes : 1;
        bool quotes = line_begins && c == '>'; /* a line that is shown as quoted */
        line_begins = c == '\n' || (line_begins && (quotes || plain(c) == ' '));
        c = plain(c);
        if (c && !quotes && !(c == '`' && is_code_mark(&b, text)))
            utf8_add(&b, inert_character(c));
    }
    return arena_copy(arena, buf_text(&b));
}

/* How many of these there are at both ends, when they belong together: none of them stands at the
   edge of a word in between. */
static size_t wraps(const char *line, size_t bytes, char c)
{
    size_t at_start = 0, at_end = 0;
    while (at_start < bytes && line[at_start] == c)
        at_start++;
    while (at_end < bytes && line[bytes - 1 - at_end] == c)
        at_end++;
    size_t both = at_start < at_end ? at_start : at_end;
    if (2 * both >= bytes)
        return 0;
    for (size_t i = both + 1; i + 1 + both < bytes; i++)
        if (line[i] == c && (is_quote(c) || line[i - 1] == ' ' || line[i + 1] == ' '))
            return 0;
    return both;
}

/* Without what is around all of it (quotes, marks), nor the dot of a list. */
static char *bare(char *line)
{
    for (;;) {
        line += strspn(line, " ");
        size_t bytes = strlen(line);
        while (bytes && line[bytes - 1] == ' ')
            line[--bytes] = '\0';
        size_t around = *line && strchr("*_~\"'", *line) ? wraps(line, bytes, *line) : 0;
        bool listed = strncmp(line, "* ", 2) == 0 || strncmp(line, "- ", 2) == 0;
        line[bytes - around] = '\0';
        if (around || listed)
            line += around ? around : 1;
        else if (strncmp(line, "• ", strlen("• ")) == 0)
            line += strlen("• ");
        else
            return line;
    }
}

/* Stores the word at *at in the arena and moves behind it. */
static const char *take_word(struct arena *arena, const char **at)
{
    const char *start = *at;
    if (is_quote(*start)) {
        const char *end = strchr(start + 1, '"');
        size_t bytes = end ? (size_t)(end - start - 1) : strlen(start + 1);
        *at = start + 1 + bytes + (end != NULL);
        return arena_copy_bytes(arena, start + 1, bytes);
    }
    size_t bytes = strcspn(start, " "), marks = strspn(start, MARKS);
    *at = start + bytes;
    if (marks < bytes) {
        start += marks;
        bytes -= marks;
        while (strchr(MARKS, start[bytes - 1]))
            bytes--;
    }
    size_t dashes = bytes > 2 && strncmp(start, "--", 2) == 0 ? 2
                    : bytes > 2 && start[0] == '-'            ? 1
                                                              : 0;
    return arena_copy_bytes(arena, start + dashes, bytes - dashes);
}

/* At most: a word begins behind a blank, at a quote and behind one. */
static size_t count_words(const char *line)
{
    size_t count = 1;
    for (; *line && count < LIMIT_WORDS; line++)
        count += is_quote(*line) ? 2 : *line == ' ';
    return count < LIMIT_WORDS ? count : LIMIT_WORDS;
}

void words_read(struct words *words, struct arena *arena, const char *text)
{
    *words = (struct words){ .line = bare(normalised(arena, str_or_empty(text))) };
    size_t most = count_words(words->line);
    words->list = arena_take(arena, most * sizeof *words->list);
    words->offsets = arena_take(arena, most * sizeof *words->offsets);
    for (const char *at = words->line + strspn(words->line, " "); *at && words->count < most;
         at += strspn(at, " ")) {
        words->offsets[words->count] = (size_t)(at - words->line);
        words->list[words->count++] = take_word(arena, &at);
    }
}

const char *words_peek(const struct words *words)
{
    return words->at < words->count ? words->list[words->at] : NULL;
}

const char *words_next(struct words *words)
{
    return words->at < words->count ? words->list[words->at++] : NULL;
}

bool words_take(struct words *words, const char *keyword)
{
    if (!str_equal_nocase(words_peek(words), keyword))
        return false;
    words->at++;
    return true;
}
