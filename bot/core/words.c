#include "core/words.h"
#include "core/buf.h"
#include "core/limits.h"
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

static char *normalised(struct arena *arena, const char *text)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_COMMAND_BYTES);
    while (*text && !b.overflow) {
        uint32_t c = 0xFFFD;
        size_t bytes = utf8_decode(text, &c);
        text += bytes ? bytes : 1;
        c = plain(c);
        if (c)
            utf8_add(&b, utf8_inert_character(c));
    }
    return arena_copy(arena, buf_text(&b));
}

static bool is_quote(char c) { return c == '"'; }

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
    size_t bytes = strcspn(start, " ");
    *at = start + bytes;
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
    *words = (struct words){ .line = normalised(arena, str_or_empty(text)) };
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

const char *words_rest(struct words *words)
{
    if (words->at >= words->count)
        return "";
    const char *rest = words->line + words->offsets[words->at];
    words->at = words->count;
    return rest;
}
