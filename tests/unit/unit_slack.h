/* SPDX-License-Identifier: Apache-2.0 */
/* A Slack with one channel, of which the messages are the test's own, and the whole adapter in
   front of it, deaf: it posts and reads, and opens no socket. What no line of the script is about
   is answered from the channel, as docs.slack.dev has it: conversations.history gives the newest
   messages first, conversations.replies the oldest, under the first one of the thread; "oldest"
   and "latest" are exclusive. */
#ifndef REGUARD_TESTS_UNIT_SLACK_H
#define REGUARD_TESTS_UNIT_SLACK_H

#include "tests/unit/unit_peer.h"

#include "adapters/slack/slack.h"

#include <inttypes.h>

enum { POSTS_ROOM = 2048, SLACK_BODY_BYTES = 1024 * 1024 };

#define OUR_CHANNEL "C0GUARD"
static const int64_t BASE_S = 1795526055, US = 1000000;

/* One message; in order of time. It counts for as many bytes as that in an answer. */
struct post {
    int64_t us, thread_us; /* thread_us: of the message that it stands under; 0: in the channel */
    size_t bytes;
    const char *key, *store; /* of ours, in its metadata; NULL: it is ana's, who mentions us */
};
static struct {
    struct post posts[POSTS_ROOM];
    size_t count, most_bytes; /* of an answer; 0: any number */
    char body[SLACK_BODY_BYTES];
    size_t bytes;
} channel;

/* ---- what stands there ---- */

static inline int64_t us_at(int64_t s) { return (BASE_S + s) * US; }

/* "1795526055.000000" of BASE_S + s; eight are good at a time. */
static inline const char *ts_at(int64_t s)
{
    static char texts[8][32];
    static size_t at;
    char *text = texts[at++ % COUNT(texts)];
    snprintf(text, sizeof texts[0], "%" PRId64 ".000000", BASE_S + s);
    return text;
}

static inline struct post *stands(int64_t s)
{
    assert_true(channel.count < POSTS_ROOM);
    channel.posts[channel.count] = (struct post){ .us = us_at(s), .bytes = 100 };
    return &channel.posts[channel.count++];
}

static inline void stands_under(int64_t thread_s, int64_t s)
{
    stands(s)->thread_us = us_at(thread_s);
}

/* ---- what is read of it ---- */

static inline int64_t form_us(const char *form, const char *name, int64_t otherwise)
{
    long long seconds = 0, us = 0;
    const char *at = strstr(form, name);
    return at && sscanf(at + strlen(name), "%lld.%lld", &seconds, &us) > 0 ? seconds * US + us
                                                                           : otherwise;
}

static inline void put_text(const char *format, ...) PRINTF_LIKE(1, 2);
static inline void put_text(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(channel.body + channel.bytes, sizeof channel.body - channel.bytes, format,
                      args);
    va_end(args);
    assert_true(n >= 0 && channel.bytes + (size_t)n < sizeof channel.body);
    channel.bytes += (size_t)n;
}

static inline void put_post(const struct post *p)
{
    put_text("{\"type\":\"message\",\"ts\":\"%lld.%06lld\"", (long long)(p->us / US),
             (long long)(p->us % US));
    if (p->thread_us)
        put_text(",\"thread_ts\":\"%lld.%06lld\"", (long long)(p->thread_us / US),
                 (long long)(p->thread_us % US));
    if (p->key)
        put_text(",\"user\":\"UBOT\",\"bot_id\":\"BBOT\",\"metadata\":{\"event_type\":\"reguard\","
                 "\"event_payload\":{\"key\":\"%s\",\"store\":\"%s\"}},\"text\":\"ours\"}",
                 p->key, str_or_empty(p->store));
    else
        put_text(",\"user\":\"UANA\",\"team\":\"T1\",\"text\":\"<@UBOT> status %lld\"}",
                 (long long)(p->us - us_at(0)));
}

struct channel_range {
    int64_t oldest_us, latest_us, thread_us;
    long limit;
    bool newest_first;
};

static inline bool is_in(const struct channel_range *r, const struct post *p)
{
    bool root = r->thread_us && p->us == r->thread_us;
    return root || (p->thread_us == r->thread_us && p->us > r->oldest_us && p->us < r->latest_us);
}

static inline struct channel_range range_of(const struct ask *a)
{
    const char *limit = strstr(a->body, "limit=");
    return (struct channel_range){ .oldest_us = form_us(a->body, "oldest=", 0),
                                   .latest_us = form_us(a->body, "latest=", INT64_MAX),
                                   .thread_us = form_us(a->body, "&ts=", 0),
                                   .limit = limit ? strtol(limit + 6, NULL, 10) : 100,
                                   .newest_first = strstr(a->url, "history") != NULL };
}

/* False: it is longer than we take. */
static inline bool put_page(const struct channel_range *r)
{
    size_t bytes = 0;
    long shown = 0;
    bool more = false;
    channel.bytes = 0;
    put_text("{\"ok\":true,\"messages\":[");
    for (size_t i = 0; i < channel.count; i++) {
        const struct post *p = &channel.posts[r->newest_first ? channel.count - 1 - i : i];
        if (!is_in(r, p))
            continue;
        more = shown == r->limit;
        if (more)
            break;
        put_text("%s", shown++ ? "," : "");
        put_post(p);
        bytes += p->bytes;
    }
    put_text("],\"has_more\":%s}", more ? "true" : "false");
    return !channel.most_bytes || bytes <= channel.most_bytes;
}

static inline bool slack_answers(const struct ask *a, struct http_result *ret)
{
    struct channel_range r = range_of(a);
    if (!strstr(a->url, "conversations.history") && !strstr(a->url, "conversations.replies"))
        return false;
    *ret = put_page(&r) ? (struct http_result){ .status = 200, .body = channel.body }
                        : (struct http_result){ .outcome = HTTP_UNKNOWN,
                                                .too_long = true,
                                                .error = "the answer is too long" };
    return true;
}

/* ---- the adapter ---- */

#define TELLS_CHANNEL(more) \
    "{\"ok\":true,\"channel\":{\"id\":\"" OUR_CHANNEL "\",\"is_ext_shared\":false" more "}}"
#define OUR_NAMES                                                                     \
    "\"team_id\":\"T1\",\"team\":\"example\",\"url\":\"https://example.slack.com/\"," \
    "\"user_id\":\"UBOT\",\"bot_id\":\"BBOT\",\"app_id\":\"ABOT\""
#define TELLS_US "{\"ok\":true," OUR_NAMES "}"

static inline void script_what_is_usual(void)
{
    says("POST auth.test", 200, TELLS_US);
    says("POST conversations.info", 200, TELLS_CHANNEL(",\"is_member\":true"));
    says("POST chat.postMessage", 200, "{\"ok\":true,\"ts\":\"1795530000.000100\"}");
    says("POST chat.update", 200, "{\"ok\":true,\"ts\":\"1795530000.000100\"}");
    says("POST conversations.open", 200, "{\"ok\":true,\"channel\":{\"id\":\"D1\"}}");
    says("POST reactions.get", 200, "{\"ok\":true,\"message\":{\"ts\":\"1.000000\"}}");
}

/* mark: as the store has it; NULL: there is none yet. */
static inline void starts(const char *mark)
{
    struct err err = { "" };
    peer.adapter = slack_new(NULL, NULL, &peer.inbox,
                             &(struct slack_options){ .bot_token = secret_from("xoxb-1"),
                                                      .team = "T1",
                                                      .channel = OUR_CHANNEL,
                                                      .command = "/reguard",
                                                      .api_url = "https://slack.example.org/api/",
                                                      .ca_file = "",
                                                      .people = &peer.people,
                                                      .policy = &peer.policy,
                                                      .deaf = true,
                                                      .cursor = mark });
    assert_true(peer.adapter->ops->start(peer.adapter, &err));
}

static inline void is_up(const char *mark)
{
    starts(mark);
    passes(MS_SECOND);
    assert_int_equal(heard(EVENT_CHAT_UP), 1);
}

static inline int slack_set_up(void **state)
{
    (void)state;
    memset(&channel, 0, sizeof channel);
    peer_begin();
    peer.answers = slack_answers;
    peer.policy = (struct policy){ .approvals = 1,
                                   .approve_reaction = "white_check_mark",
                                   .decline_reaction = "x",
                                   .command_word = "/reguard" };
    script_what_is_usual();
    return 0;
}

static inline int slack_tear_down(void **state)
{
    (void)state;
    peer_end();
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, slack_set_up, slack_tear_down)

#endif
