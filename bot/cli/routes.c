/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/routes.h"
#include "cli/print.h"
#include "core/route.h"
#include "host/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A chat may be away for one look. */
enum { LOOKS_BEFORE = 2, FILE_BYTES = 128, FIRST_ROUTE_ID = 300 };

/* Since the guardrail was seen on last. */
struct routed {
    ms_t since_ms; /* the first alarm that went out; 0: none */
    int64_t told;  /* how many did */
    int64_t looks; /* in a row whose alarm no chat has taken */
};

/* ---- what is kept between two looks ---- */

/* Where nothing can be kept a daemon knows it all the same. */
static struct routed last;

/* systemd names the folder that it has made for the unit. */
static const char *folder(const struct routes *r)
{
    const char *own = getenv("STATE_DIRECTORY");
    return own && own[0] == '/' ? own : r->bot->config->bot.state_dir;
}

static const char *place(const struct routes *r)
{
    return arena_printf(r->arena, "%s/witness.alarm", folder(r));
}

static int64_t number(char **at)
{
    int64_t n = strtoll(*at, at, 10);
    return n < 0 || n > INT64_C(1) << 53 ? 0 : n;
}

/* What cannot be read was not kept: rather one alarm too many. */
static struct routed recall(const struct routes *r)
{
    struct routed kept = last;
    char text[FILE_BYTES] = "", *at = text;
    int file = open(place(r), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t bytes = file < 0 ? 0 : read(file, text, sizeof text - 1);
    if (file >= 0)
        close(file);
    if (bytes <= 0)
        return kept;
    kept = (struct routed){ 0 };
    kept.since_ms = number(&at);
    kept.told = number(&at);
    kept.looks = number(&at);
    return kept;
}

static bool keep(const struct routes *r, const struct routed *routed)
{
    struct err err = { "" };
    last = *routed;
    if (!routed->told && !routed->looks)
        return unlink(place(r)) == 0 || errno == ENOENT;
    const char *text = arena_printf(r->arena, "%" PRId64 " %" PRId64 " %" PRId64 "\n",
                                    routed->since_ms, routed->told, routed->looks);
    if (file_replace(place(r), folder(r), text, strlen(text), &err))
        return true;
    print_problem("reguard: [bot] state_dir: %s; whoever [alarm] names may hear a step twice\n",
                  err.text);
    return false;
}

/* ---- sending ---- */

static size_t send(struct routes *r, enum adapter_role role, enum effect_kind kind, const char *to,
                   const struct route_words *said, uint64_t id)
{
    struct err err = { "" };
    struct effect e = {
        .kind = kind,
        .id = id,
        .urgency = URGENCY_GUARDS,
        .mail = { .to = to, .subject = said->subject, .text = arena_copy(r->arena, said->text) }
    };
    struct adapter *adapter = bot_adapter(r->bot, role);
    if (!adapter && bot_make(r->bot, role, r->inbox, &err))
        adapter = bot_adapter(r->bot, role);
    if (adapter && adapter->ops->perform(adapter, &e, &err))
        return 1;
    print_problem("reguard: [alarm] %s: %s\n", role == ADAPTER_MAIL ? "mail" : "command",
                  err.text[0] ? err.text : "it is not configured");
    return 0;
}

static bool sound(struct routes *r, const char *why)
{
    const struct policy *p = &r->bot->config->policy;
    struct route_words said = route_of_witness(p, why, r->arena);
    char address[LIMIT_EMAIL_BYTES];
    size_t asked = 0;
    for (size_t n = 0; n < LIMIT_ALARM_MAILS && route_address(p->alarm_mail, n, address); n++)
        asked += send(r, ADAPTER_MAIL, EFFECT_MAIL, address, &said, FIRST_ROUTE_ID + n);
    if (p->alarm_command[0])
        asked += send(r, ADAPTER_ALARM, EFFECT_RUN, p->alarm_command, &said,
                      FIRST_ROUTE_ID + LIMIT_ALARM_MAILS);
    r->sent = 0;
    if (asked)
        r->wait(r->arg, asked);
    if (r->sent)
        print_out("witness: told %zu of %zu by [alarm]: %s\n", r->sent, asked, said.subject);
    else
        print_problem("reguard: the alarm went out by nothing of [alarm]\n");
    return r->sent > 0;
}

void routes_looked(struct routes *r, const struct vigil_view *view, const struct vigil_verdict *v,
                   bool unheard)
{
    const struct policy *p = &r->bot->config->policy;
    if (route_is_none(p))
        return;
    struct routed before = recall(r), now = before;
    now.looks = unheard ? before.looks + 1 : 0;
    if (view->now == WATCH_ON && !unheard) {
        if (before.told)
            sound(r, NULL);
        now = (struct routed){ 0 };
    }
    bool kept = memcmp(&now, &before, sizeof now) == 0 || keep(r, &now);
    int64_t step = unheard ? route_step(p, now.since_ms, now.told, view->now_ms) : 0;
    if (!step || now.looks < (kept ? LOOKS_BEFORE : 1) || !sound(r, str_or_empty(v->why)))
        return;
    now.since_ms = now.told ? now.since_ms : view->now_ms;
    now.told = step;
    last = now;
    if (kept)
        keep(r, &now);
}
