/* SPDX-License-Identifier: Apache-2.0 */
/* One text as everything that our own readers take it for: words of a command, a duration, the id
   of a case, an instant, an address of mail; cut, copied, made harmless. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/look.h"

#include "adapters/mail/mail.h"
#include "adapters/slack/codec_in.h"
#include "adapters/stax/provider.h"
#include "core/combining.h"
#include "core/duration.h"
#include "core/fact.h"
#include "core/flags.h"
#include "core/rich.h"
#include "core/utf8.h"
#include "core/words.h"
#include "host/clock.h"

#include <stdlib.h>
#include <string.h>

static bool is_text(const char *text)
{
    uint32_t code;
    for (size_t n; *text; text += n)
        if ((n = utf8_decode(text, &code)) == 0)
            return false;
    return true;
}

static void as_words(struct arena *arena, const char *text)
{
    struct words w;
    words_read(&w, arena, text);
    for (const char *word; (word = words_next(&w)) != NULL;) {
        look_characters("a word", word, false);
        FUZZ_PROMISE(!strchr(word, '`'), "no grave accent is left", word);
    }
    FUZZ_PROMISE(!words_peek(&w) && !words_take(&w, "lift"), "behind the last there is none", text);
}

static void as_cuts(const char *text, size_t at)
{
    char room[24];
    size_t bytes = strlen(text);
    at = bytes ? at % (bytes + 1) : 0;
    size_t cut = utf8_cut(text, at);
    FUZZ_PROMISE(cut <= at, "a cut is no longer than asked for", text);
    bool whole = str_copy(room, sizeof room, text);
    FUZZ_PROMISE(whole == (bytes < sizeof room), "a copy says whether it is whole", text);
    FUZZ_PROMISE(strncmp(room, text, strlen(room)) == 0, "and holds the beginning", text);
    if (!is_text(text))
        return;
    FUZZ_PROMISE(is_text(room), "a cut copy is still text", text);
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, bytes + 1);
    buf_add_bytes(&b, text, cut);
    FUZZ_PROMISE(is_text(buf_text(&b)) && at - cut < 4, "a cut splits no character", text);
    FUZZ_PROMISE(utf8_characters(text) <= bytes, "characters are no more than bytes", text);
}

static void as_values(const char *text)
{
    ms_t ms, again;
    char id[CASE_ID_BYTES], iso[CLOCK_ISO_BYTES], name[64];
    uint32_t no = case_id_read(text);
    case_id_text(no, id);
    FUZZ_PROMISE(!no || case_id_read(id) == no, "the id of a case is read as it is written", text);
    if (clock_parse_iso(text, &ms)) {
        clock_iso(ms, iso);
        FUZZ_PROMISE(clock_parse_iso(iso, &again) && again == ms,
                     "an instant is read as it is written", text);
    }
    if (duration_read(text, &ms)) {
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 64);
        duration_add(&b, ms);
        buf_clear(&b);
        duration_add_typed(&b, ms);
        FUZZ_PROMISE(duration_read(buf_text(&b), &again) && again == ms,
                     "a duration is read as it is written", text);
    }
    FUZZ_PROMISE(!mail_address_allowed(text) || (is_text(text) && !strpbrk(text, "\r\n <>,;\"")),
                 "an address of mail is one, and no more", text);
    slack_normalise_reaction(text, name, sizeof name);
}

static void as_documents(const char *text, const char *other)
{
    CLEANUP(buf_done) struct buf b, lines;
    buf_init(&b, LIMIT_FLAGS_BYTES);
    buf_init(&lines, LIMIT_FLAGS_BYTES);
    flags_root(&stax_provider, text);
    flags_unknown(&stax_provider, text, &b);
    flags_differences(&stax_provider, text, text, &b);
    flags_differences(&stax_provider, text, other, &b);
    flags_note_differences(text, other, &lines);
    flags_turned_back(&stax_provider, text, buf_text(&lines), other, &b);
    flags_turned_back(&stax_provider, text, other, text, &b);
}

static void as_marks(const char *text)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 64 * 1024);
    size_t pieces = 0, bytes = strlen(text);
    for (const char *cursor = text;; pieces++) {
        struct rich_piece piece = rich_next(&cursor);
        if (piece.kind == RICH_END)
            break;
        FUZZ_PROMISE(piece.text >= text && piece.text + piece.text_bytes <= text + bytes,
                     "a piece stands in its text", text);
        FUZZ_PROMISE(pieces <= bytes, "pieces come to an end", text);
    }
    rich_add_plain(&b, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    struct fuzz_pieces p = fuzz_pieces(bytes, count, &arena);
    size_t at = (size_t)fuzz_byte(&p);
    const char *text = fuzz_text(&p), *other = fuzz_text(&p);
    as_words(&arena, text);
    as_cuts(text, at);
    as_values(text);
    as_documents(text, other);
    as_marks(text);
    arena_done(&arena);
    return 0;
}
