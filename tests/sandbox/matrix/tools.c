/* SPDX-License-Identifier: Apache-2.0 */
/* Small things, answers and faults that all of Matrix's half uses. */
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- small things ---- */

int64_t matrixd_asked(const struct matrixd_call *call, const char *name, int64_t otherwise)
{
    const char *text = sandbox_text(call->query, name);
    char *end = NULL;
    int64_t value = strtoll(text, &end, 10);
    return *text && !*end ? value : otherwise;
}

struct matrixd_user *matrixd_user_by_id(struct matrixd *m, const char *id)
{
    for (size_t i = 0; i < MATRIXD_USERS; i++)
        if (sandbox_same(m->users[i].id, id))
            return &m->users[i];
    return NULL;
}

struct matrixd_user *matrixd_user_named(struct matrixd *m, const char *name)
{
    for (size_t i = 0; i < MATRIXD_USERS; i++)
        if (sandbox_same(m->users[i].name, name))
            return &m->users[i];
    return NULL;
}

const char *matrixd_name(const struct matrixd *m, const char *user_id)
{
    for (size_t i = 0; i < MATRIXD_USERS; i++)
        if (sandbox_same(m->users[i].id, user_id))
            return m->users[i].name;
    return user_id;
}

/* ---- answers ---- */

static const struct matrixd_event *raw_event(const struct matrixd *m, uint64_t n)
{
    for (size_t i = m->event_count; i > 0; i--)
        if (m->events[i - 1].n == n)
            return m->events[i - 1].raw ? &m->events[i - 1] : NULL;
    return NULL;
}

/* Copies text, with each raw content in the place of the string that stands for it. */
static char *splice(const struct matrixd *m, const char *text, size_t *ret_bytes)
{
    char mark[48], *out = NULL;
    FILE *to = open_memstream(&out, ret_bytes);
    if (!to)
        abort();
    int mark_bytes = snprintf(mark, sizeof mark, "\"raw-%s-", m->secret);
    for (const char *at = text; *at;) {
        const char *found = strstr(at, mark);
        char *end = NULL;
        const struct matrixd_event *e = found ? raw_event(m, strtoull(found + mark_bytes, &end, 10))
                                              : NULL;
        size_t plain = found ? (size_t)(found - at) : strlen(at);
        fwrite(at, 1, plain, to);
        if (e)
            fwrite(e->raw, 1, e->raw_bytes, to);
        else if (found)
            fputs("{}", to);
        at = found ? end + 1 : at + plain; /* behind the closing quote */
    }
    fclose(to);
    return out;
}

void matrixd_reply(const struct matrixd *m, struct web_reply *reply, int status, json_t *body_new)
{
    web_reply_json(reply, status, body_new);
    if (!reply->body || !strstr(reply->body, m->secret))
        return;
    char *spliced = splice(m, reply->body, &reply->body_bytes);
    free(reply->body);
    reply->body = spliced;
}

void matrixd_answer(struct matrixd_call *call, json_t *body_new)
{
    matrixd_reply(call->m, call->reply, 200, body_new);
}

void matrixd_answer_empty(struct matrixd_call *call) { matrixd_answer(call, json_object()); }

void matrixd_refuse(struct matrixd_call *call, int status, const char *errcode,
                    const char *sentence)
{
    web_reply_json(call->reply, status,
                   json_pack("{s:s, s:s}", "errcode", errcode, "error", sentence));
    if (!call->note[0])
        snprintf(call->note, sizeof call->note, "%s", errcode);
}

void matrixd_complain(struct web_reply *reply, int status, const char *sentence)
{
    web_reply_json(reply, status, json_pack("{s:s}", "error", sentence));
}

/* ---- faults ---- */

int matrixd_status_of(const char *errcode)
{
    static const struct {
        const char *errcode;
        int status;
    } known[] = {
        { "M_UNKNOWN_TOKEN", 401 },  { "M_MISSING_TOKEN", 401 },  { "M_USER_LOCKED", 401 },
        { "M_FORBIDDEN", 403 },      { "M_USER_SUSPENDED", 403 }, { "M_USER_DEACTIVATED", 403 },
        { "M_NOT_FOUND", 404 },      { "M_UNRECOGNIZED", 404 },   { "M_TOO_LARGE", 413 },
        { "M_LIMIT_EXCEEDED", 429 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].errcode, errcode) == 0)
            return known[i].status;
    return strcmp(errcode, "ORG_MATRIX_EXPIRED_ACCOUNT") == 0 ? 403 : 400;
}

static void limit(const struct matrixd *m, struct web_reply *reply, int64_t wait_ms)
{
    bool in_header = m->hints == MATRIXD_HINT_BOTH || m->hints == MATRIXD_HINT_HEADER,
         in_body = m->hints == MATRIXD_HINT_BOTH || m->hints == MATRIXD_HINT_BODY;
    json_t *body = json_pack("{s:s, s:s}", "errcode", "M_LIMIT_EXCEEDED", "error",
                             "Too Many Requests");
    if (in_body && wait_ms > 0)
        json_object_set_new(body, "retry_after_ms", json_integer(wait_ms));
    web_reply_json(reply, 429, body);
    reply->retry_after_s = in_header ? (int)((wait_ms + 999) / 1000) : 0;
}

void matrixd_fail(const struct matrixd *m, struct web_reply *reply, int status, int retry_after_s)
{
    char page[192];
    if (status == 429) {
        limit(m, reply, (int64_t)retry_after_s * 1000);
        return;
    }
    if (status == 502 || status == 503 || status == 504) {
        snprintf(page, sizeof page,
                 "<html><head><title>%d</title></head><body><center><h1>%d</h1></"
                 "center><hr><center>proxy</center></body></html>\n",
                 status, status);
        web_reply_text(reply, status, page);
        reply->content_type = "text/html";
    } else {
        web_reply_json(reply, status,
                       json_pack("{s:s, s:s}", "errcode", "M_UNKNOWN", "error",
                                 "Internal server error"));
    }
    reply->retry_after_s = retry_after_s;
}

/* "M_UNKNOWN_TOKEN", or "M_UNKNOWN_TOKEN:soft" for one that keeps the device. */
static void fail_with(const struct fault *fault, struct web_reply *reply)
{
    char errcode[64];
    snprintf(errcode, sizeof errcode, "%.*s", (int)strcspn(fault->error, ":"), fault->error);
    json_t *body = json_pack("{s:s, s:s}", "errcode", errcode, "error",
                             sandbox_same(errcode, "M_UNKNOWN_TOKEN") ? "Token is not active"
                                                                      : "As the test wants it");
    if (sandbox_same(errcode, "M_UNKNOWN_TOKEN"))
        json_object_set_new(body, "soft_logout",
                            json_boolean(strstr(fault->error, ":soft") != NULL));
    web_reply_json(reply, fault->status != 200 ? fault->status : matrixd_status_of(errcode), body);
}

bool matrixd_answer_instead(struct matrixd_call *call)
{
    const struct fault *fault = &call->fault;
    switch (fault->kind) {
    case FAULT_STATUS:
        matrixd_fail(call->m, call->reply, fault->status, fault->retry_after_s);
        return true;
    case FAULT_ERROR: fail_with(fault, call->reply); return true;
    case FAULT_BODY:
        web_reply_text(call->reply, fault->status, fault->body ? fault->body : "");
        call->reply->content_type = fault->body && *fault->body == '<' ? "text/html"
                                                                       : "application/json";
        return true;
    case FAULT_NONE:
    case FAULT_LOST:
    case FAULT_AFTER:
    case FAULT_DELAY: break;
    }
    return false;
}

void matrixd_spoil(struct matrixd *m, const struct fault *fault, struct web_reply *reply)
{
    reply->drop = reply->drop || fault->kind == FAULT_LOST;
    if (fault->kind == FAULT_DELAY)
        reply->delay_ms = fault->delay_ms;
    if (fault->kind == FAULT_AFTER)
        matrixd_fail(m, reply, fault->status, fault->retry_after_s);
}

/* ---- our own mark ---- */

const char *matrixd_mark(const json_t *content, const char *field)
{
    return sandbox_text(json_object_get(content, MATRIXD_MARK), field);
}
