/* SPDX-License-Identifier: Apache-2.0 */
/* What Slack sends: the first byte says what it is. f: a Socket Mode frame; a: an answer of the Web
   API; m: a page of messages, each picked and read as the catch-up does; u: a person; t: text with
   notations; r: a reaction. */
#include "tests/fuzz/fuzz.h"

#include "adapters/slack/codec_in.h"
#include "adapters/slack/markup.h"
#include "adapters/slack/refusal.h"
#include "adapters/slack/scopes.h"
#include "core/outside.h"
#include "core/inert.h"
#include "core/utf8.h"
#include "host/json.h"
#include "port/witness.h"

#include <stdlib.h>
#include <string.h>

static const struct slack_codec codec = { .team = "T0TEAM",
                                          .channel = "C0HOME",
                                          .command = "/reguard",
                                          .api_url = "https://api.test:8443/api/",
                                          .bot_user = "U0BOT",
                                          .bot_id = "B0BOT",
                                          .app_id = "A0APP" };

static void nobody_waits(void *arg) { (void)arg; }

static void frame(const char *text, size_t bytes, struct inbox *inbox)
{
    struct slack_frame f;
    slack_read_frame(&codec, text, bytes, inbox, &f);
    FUZZ_PROMISE(f.kind != SLACK_ENVELOPE || f.event, "an envelope becomes an event", "");
    if (f.event) {
        FUZZ_PROMISE(f.event->kind < EVENT_KIND_COUNT, "of a kind that there is", "");
        outside_event(inbox_arena(inbox), f.event);
        inbox_put(inbox, f.event);
    }
}

static void answer(const char *text, size_t bytes)
{
    struct err err = { "" };
    bool cleaned = false;
    JSON_AUTO *page = json_read_page(text, bytes, LIMIT_SLACK_ANSWER_BYTES, &err);
    FUZZ_PROMISE(page || err.text[0], "a refusal says why", "");
    JSON_AUTO *any = json_read_anyhow(text, bytes, LIMIT_SLACK_ANSWER_BYTES, &cleaned, &err);
    FUZZ_PROMISE(any || !page, "cleaned is read whatever is read", "");
    uint32_t code;
    for (const char *at = err.text; *at;) {
        size_t length = utf8_decode(at, &code);
        FUZZ_PROMISE(length && (code == '\n' || !inert_is_hostile(code)),
                     "errors are harmless text", err.text);
        at += length;
    }
    slack_refusal_of(str_or_empty(json_text(any, "error")));
    struct sighting seen;
    witness_read(any, &seen);
    const char *url, *id;
    FUZZ_PROMISE(slack_read_upload(any, "https://slack.com/api/", &url, &id) ||
                     strncmp(url, "https://", 8) == 0,
                 "a file goes by TLS alone", text);
}

static void page(const char *text, size_t bytes, struct inbox *inbox)
{
    struct json_list list;
    size_t took;
    json_decref(json_read_around(text, bytes, "messages", true, &list, NULL));
    list.stub_key = "ts";
    for (json_t *message; (message = json_list_next(&list)) != NULL; json_decref(message)) {
        JSON_AUTO *picked = slack_pick(&codec, message, &took);
        struct event *e = picked ? slack_read_history(&codec, picked, inbox) : NULL;
        if (e)
            inbox_put(inbox, (struct event *)e);
    }
}

static void notations(const char *text)
{
    CLEANUP(buf_done) struct buf b, again;
    buf_init(&b, LIMIT_MESSAGE_BYTES);
    buf_init(&again, LIMIT_MESSAGE_BYTES);
    slack_unescape(&b, text);
    FUZZ_PROMISE(b.bytes <= strlen(text), "unescaping adds nothing", text);
    slack_markup(&again, text, fuzz_people(), 300);
    FUZZ_PROMISE(again.bytes <= 300, "markup stays within its ceiling", text);
    buf_clear(&again);
    slack_scopes_missing(text, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct arena arena;
    struct inbox inbox;
    char name[64];
    size_t rest;
    arena_init(&arena, 1 << 20);
    inbox_init(&inbox, nobody_waits, NULL);
    struct fuzz_pieces p = fuzz_pieces(bytes, count, &arena);
    int what = fuzz_byte(&p);
    const char *at = fuzz_rest(&p, &rest);
    /* A copy that ends with its last byte: reading on is seen. */
    char *text = malloc(rest + 1);
    if (!text)
        abort();
    memcpy(text, at ? at : "", rest);
    text[rest] = '\0';
    if (what == 'f')
        frame(text, rest, &inbox);
    else if (what == 'a')
        answer(text, rest);
    else if (what == 'm')
        page(text, rest, &inbox);
    else if (what == 'r')
        slack_normalise_reaction(text, name, sizeof name);
    else if (what == 't')
        notations(text);
    else if (what == 'u') {
        JSON_AUTO *user = json_read_anyhow(text, rest, LIMIT_SLACK_ANSWER_BYTES, NULL, NULL);
        slack_identity_flags(&codec, user);
    }
    free(text);
    inbox_done(&inbox);
    arena_done(&arena);
    return 0;
}
