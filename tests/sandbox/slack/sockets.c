/* SPDX-License-Identifier: Apache-2.0 */
/* Which sockets there are, and which of them is written to. */
#include "tests/sandbox/slack/sockets.h"
#include "tests/sandbox/net/websocket.h"

#include <string.h>

size_t slackd_connections(const struct slackd *s)
{
    size_t count = 0;
    for (size_t i = 0; i < SLACKD_SOCKETS_MOST; i++)
        count += s->sockets[i].ws && !s->sockets[i].ghost;
    return count;
}

struct slackd_socket *slackd_newest(struct slackd *s)
{
    struct slackd_socket *newest = NULL;
    for (size_t i = 0; i < SLACKD_SOCKETS_MOST; i++) {
        struct slackd_socket *c = &s->sockets[i];
        if (c->ws && c->greeted && !c->ghost && !c->frozen &&
            (!newest || c->number > newest->number))
            newest = c;
    }
    return newest;
}

/* The one behind the last drawn, in the order of their numbers; a draining one only when there is
   no other. */
static struct slackd_socket *next_socket(struct slackd *s, bool draining)
{
    struct slackd_socket *first = NULL, *next = NULL;
    for (size_t i = 0; i < SLACKD_SOCKETS_MOST; i++) {
        struct slackd_socket *c = &s->sockets[i];
        if (!c->ws || !c->greeted || c->ghost || c->draining != draining)
            continue;
        if (!first || c->number < first->number)
            first = c;
        if (c->number > s->last_drawn && (!next || c->number < next->number))
            next = c;
    }
    return next ? next : first;
}

struct slackd_socket *slackd_draw(struct slackd *s)
{
    struct slackd_socket *drawn = next_socket(s, false);
    drawn = drawn ? drawn : next_socket(s, true);
    if (drawn)
        s->last_drawn = drawn->number;
    return drawn;
}

const char *slackd_socket_base(const struct slackd *s, const struct slackd_socket *c)
{
    return web_socket_is_tls(c->ws) ? s->base_tls : s->base_plain;
}

void slackd_socket_write(struct slackd *s, struct slackd_socket *c, const char *text)
{
    if (s->fragments > 1)
        web_socket_send_fragments(c->ws, text, strlen(text), s->fragments);
    else
        web_socket_send(c->ws, text, strlen(text));
}
