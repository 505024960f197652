/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask: what AWS looks at before it looks at the question, in its order and its words. */
#include "tests/sandbox/aws/state.h"
#include "tests/sandbox/net/sigv4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SKEW_MS = 5 * 60 * 1000 };

/* The same as stand in the files of the sandbox's folder: tests/sandbox/folder.c. */
static const struct credential {
    const char *access_key_id, *secret, *token, *arn;
} credentials[] = {
    { "AKIASANDBOX000000001", "sandbox/Secret+Access+Key/of+reguard/aws", NULL, AWSD_USER_ARN },
    { "ASIASANDBOX000000001", "sandbox/Secret+Access+Key/of+a+session/0",
      "sandboxSessionToken//of+reguard+which+lasts+longer+than+the+others==", AWSD_ROLE_ARN },
};

int64_t awsd_now_ms(const struct awsd *a)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + a->clock_off_ms;
}

/* Lent until the next one is asked for. */
static const struct credential *credential_of(const struct awsd *a, const char *access_key_id)
{
    static struct credential handed;
    const struct awsd_session *s = awsd_session_of(a, access_key_id);
    handed = s ? (struct credential){ s->access_key_id, s->secret, s->token, s->arn }
               : (struct credential){ NULL, NULL, NULL, NULL };
    if (s)
        return &handed;
    for (size_t i = 0; i < sizeof credentials / sizeof *credentials; i++)
        if (strcmp(credentials[i].access_key_id, access_key_id) == 0)
            return &credentials[i];
    return NULL;
}

/* For which endpoint it was signed, and when. */
static const char *why_not_here(const struct awsd *a, const struct awsd_call *call,
                                const struct sigv4_authorization *s)
{
    const char *date = web_request_header(call->web, "x-amz-date");
    struct tm tm = { 0 };
    const char *end = date ? strptime(date, "%Y%m%dT%H%M%SZ", &tm) : NULL;
    if (strcmp(s->region, call->region) != 0)
        return "Credential should be scoped to a valid region.";
    if (strcmp(s->service, call->service) != 0)
        return "Credential should be scoped to correct service.";
    if (!end || *end || strlen(date) != 16 || strncmp(date, s->day, 8) != 0 || s->day[8])
        return "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
               "from HTTP.";
    int64_t at_ms = (int64_t)timegm(&tm) * 1000, now = awsd_now_ms(a);
    if (at_ms < now - SKEW_MS)
        return "Signature expired: it is now earlier than five minutes ago.";
    return at_ms > now + SKEW_MS ? "Signature not yet current: it is later than in five minutes."
                                 : NULL;
}

/* AWS repeats what it would have signed, with the session's token in it. */
static void refuse_signature(struct awsd_call *call, const struct sigv4_authorization *s)
{
    char *canonical = sigv4_canonical(call->web, s), *text = NULL;
    if (asprintf(&text,
                 "The request signature we calculated does not match the signature you provided. "
                 "Check your AWS Secret Access Key and signing method. Consult the service "
                 "documentation for details.\n\nThe Canonical String for this request should have "
                 "been\n'%s'",
                 canonical ? canonical : "") < 0)
        abort();
    awsd_refuse(call, 403, "SignatureDoesNotMatch", text);
    free(canonical);
    free(text);
}

static bool covers_all(const struct web_request *r, const struct sigv4_authorization *s)
{
    bool covers = sigv4_covers(s, "host");
    for (size_t i = 0; i < r->header_count; i++)
        if (strncmp(r->headers[i].name, "x-amz-", 6) == 0 ||
            strcmp(r->headers[i].name, "content-type") == 0)
            covers &= sigv4_covers(s, r->headers[i].name);
    return covers;
}

static bool is_over(const struct awsd *a, const char *access_key_id)
{
    const struct awsd_session *s = awsd_session_of(a, access_key_id);
    return s ? awsd_now_ms(a) >= s->ends_ms : a->session_ended;
}

/* Whose key it is. NULL: refused. */
static const struct credential *who(const struct awsd *a, struct awsd_call *call,
                                    const struct sigv4_authorization *s)
{
    const struct credential *k = credential_of(a, s->access_key_id);
    const char *token = web_request_header(call->web, "x-amz-security-token");
    bool same = k && (k->token ? token && strcmp(token, k->token) == 0 : !token);
    if (!same || !a->key_active)
        awsd_refuse(call, 403, "InvalidClientTokenId",
                    "The security token included in the request is invalid.");
    else if (k->token && is_over(a, k->access_key_id))
        awsd_refuse(call, 403, "ExpiredToken",
                    "The security token included in the request is expired");
    else
        return k;
    return NULL;
}

bool awsd_signed(const struct awsd *a, struct awsd_call *call)
{
    struct sigv4_authorization s = { .end = "" };
    const char *header = web_request_header(call->web, "authorization");
    if (!header) {
        awsd_refuse(call, 403, "MissingAuthenticationToken",
                    "Request is missing Authentication Token");
        return false;
    }
    const char *why = sigv4_read(header, &s);
    if (why || !covers_all(call->web, &s)) {
        awsd_refuse(call, 400, "IncompleteSignature",
                    why ? why
                        : "'Host', 'Content-Type' and every 'X-Amz-*' must be a 'SignedHeader'.");
        return false;
    }
    why = why_not_here(a, call, &s);
    if (why) {
        awsd_refuse(call, 403, "SignatureDoesNotMatch", why);
        return false;
    }
    const struct credential *k = who(a, call, &s);
    if (!k)
        return false;
    if (!sigv4_matches(call->web, &s, k->secret)) {
        refuse_signature(call, &s);
        return false;
    }
    call->of_session = k->token != NULL;
    const struct awsd_session *session = awsd_session_of(a, k->access_key_id);
    call->root = session && session->task ? session : NULL;
    call->arn = a->is_root ? AWSD_ROOT_ARN : k->arn;
    return true;
}
