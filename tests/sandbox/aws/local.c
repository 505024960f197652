/* SPDX-License-Identifier: Apache-2.0 */
/* Who gives a machine its credentials: /aws/container/credentials is a container's agent,
   /aws/instance an instance's metadata service, of which version 1 is off. */
#include "tests/sandbox/aws/state.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/control/issued.h"
#include "tests/sandbox/control/requests.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As it stands in the sandbox's folder: tests/sandbox/folder.c. */
static const char container_token[] = "sandbox-container-token/of=reguard";
enum { LASTS_S = 6 * 60 * 60, TTL_MOST_S = 21600 };

static bool same(const char *a, const char *b) { return a && strcmp(a, b) == 0; }

static void say(struct web_reply *reply, int status, const char *text)
{
    reply->status = status;
    reply->content_type = "text/plain";
    reply->body = strdup(text);
    reply->body_bytes = strlen(text);
}

static void hand_out(struct awsd *a, struct web_reply *reply)
{
    const struct awsd_session *s = awsd_session_new(a, "local", LASTS_S);
    web_reply_json(reply, 200,
                   json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "Code", "Success", "Type",
                             "AWS-HMAC", "AccessKeyId", s->access_key_id, "SecretAccessKey",
                             s->secret, "Token", s->token, "Expiration", awsd_date_of(s->ends_ms)));
}

static void container(struct awsd *a, const struct web_request *web, struct web_reply *reply)
{
    if (strcmp(web->method, "GET") != 0)
        say(reply, 405, "Method Not Allowed");
    else if (!same(web_request_header(web, "authorization"), container_token))
        say(reply, 401, "Unauthorized");
    else
        hand_out(a, reply);
}

static void token(struct awsd *a, const struct web_request *web, struct web_reply *reply)
{
    const char *ttl = web_request_header(web, "x-aws-ec2-metadata-token-ttl-seconds");
    long seconds = ttl ? strtol(ttl, NULL, 10) : 0;
    if (a->instance_off || web_request_header(web, "x-forwarded-for")) {
        say(reply, 403, "Forbidden");
    } else if (strcmp(web->method, "PUT") != 0) {
        say(reply, 405, "Method Not Allowed");
    } else if (seconds < 1 || seconds > TTL_MOST_S) {
        say(reply, 400, "Bad Request");
    } else {
        sandbox_random(a->instance_token, sizeof a->instance_token - 1);
        sandbox_issued(a->instance_token);
        say(reply, 200, a->instance_token);
    }
}

static bool has_token(const struct awsd *a, const struct web_request *web, struct web_reply *reply)
{
    const char *given = web_request_header(web, "x-aws-ec2-metadata-token");
    bool fine = strcmp(web->method, "GET") == 0 && a->instance_token[0] &&
                same(given, a->instance_token);
    if (!fine)
        say(reply, 401, "Unauthorized");
    return fine;
}

static void role(struct awsd *a, const struct web_request *web, struct web_reply *reply)
{
    if (has_token(a, web, reply))
        say(reply, a->instance_has_no_role ? 404 : 200,
            a->instance_has_no_role ? "Not Found" : "reguard");
}

static void keys(struct awsd *a, const struct web_request *web, struct web_reply *reply)
{
    if (has_token(a, web, reply))
        hand_out(a, reply);
}

#define ROLES "/aws/instance/latest/meta-data/iam/security-credentials/"
static const struct place {
    const char *path, *operation;
    void (*answer)(struct awsd *, const struct web_request *, struct web_reply *);
} places[] = {
    { "/aws/container/credentials", "aws.container", container },
    { "/aws/instance/latest/api/token", "aws.instance.token", token },
    { ROLES, "aws.instance.role", role },
    { ROLES "reguard", "aws.instance.keys", keys },
};

/* A redirect leads to the keys, as whoever wants them for themselves would have it. */
static void answer_by_fault(const struct fault *f, struct web_reply *reply)
{
    say(reply, f->kind == FAULT_BODY ? (f->status ? f->status : 200) : f->status,
        f->kind == FAULT_BODY && f->body ? f->body : "");
    if (f->status >= 300 && f->status < 400) {
        reply->extra_name = "Location";
        reply->extra_value = ROLES "reguard";
    }
}

bool awsd_local(struct awsd *a, const struct web_request *web, struct web_reply *reply)
{
    size_t i = 0;
    while (i < sizeof places / sizeof *places && strcmp(places[i].path, web->path) != 0)
        i++;
    if (i == sizeof places / sizeof *places)
        return false;
    const struct fault f = fault_take(places[i].operation);
    if (f.kind == FAULT_STATUS || f.kind == FAULT_BODY)
        answer_by_fault(&f, reply);
    else
        places[i].answer(a, web, reply);
    reply->delay_ms = f.kind == FAULT_DELAY ? f.delay_ms : 0;
    reply->drop = f.kind == FAULT_LOST;
    requests_note(places[i].operation, reply->drop ? 0 : reply->status, NULL);
    return true;
}
