/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures as an API gateway takes them, and its words for what it refuses. */
#include "tests/sandbox/stax/sign.h"
#include "tests/sandbox/net/sigv4.h"
#include "tests/sandbox/stax/login.h"
#include "tests/sandbox/stax/tools.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *check_scope(const struct sigv4_authorization *a)
{
    if (strcmp(a->region, STAXD_REGION) != 0)
        return "Credential should be scoped to a valid region.";
    return strcmp(a->service, "execute-api") == 0
               ? NULL
               : "Credential should be scoped to correct service: 'execute-api'.";
}

static const char *check_date(const char *date, const struct sigv4_authorization *a)
{
    struct tm tm = { 0 };
    const char *end = date ? strptime(date, "%Y%m%dT%H%M%SZ", &tm) : NULL;
    if (!end || *end || strlen(date) != 16)
        return "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
               "header.";
    if (strncmp(date, a->day, 8) != 0 || a->day[8])
        return "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
               "from HTTP.";
    int64_t at_ms = (int64_t)timegm(&tm) * 1000, now = staxd_now_ms();
    if (at_ms < now - STAXD_SKEW_MS)
        return "Signature expired: the request is older than five minutes.";
    return at_ms > now + STAXD_SKEW_MS
               ? "Signature not yet current: the request is dated in the future."
               : NULL;
}

static const char *why_not(const struct staxd_login *login, const struct web_request *r)
{
    struct sigv4_authorization a = { .access_key_id = "" };
    const char *header = web_request_header(r, "authorization"),
               *token = web_request_header(r, "x-amz-security-token");
    if (!header)
        return "Missing Authentication Token";
    const char *why = sigv4_read(header, &a);
    if (!why)
        why = check_scope(&a);
    if (!why)
        why = check_date(web_request_header(r, "x-amz-date"), &a);
    if (why)
        return why;
    if (!sigv4_covers(&a, "host") || !sigv4_covers(&a, "x-amz-date") ||
        !sigv4_covers(&a, "x-amz-security-token"))
        return "'Host', 'X-Amz-Date' and 'X-Amz-Security-Token' must be a 'SignedHeader' in the "
               "AWS Authorization.";
    const struct staxd_credential *credential = staxd_login_credential(login, a.access_key_id);
    if (!credential || !token || strcmp(credential->token, token) != 0)
        return "The security token included in the request is invalid.";
    if (staxd_now_ms() >= credential->expires_ms)
        return "The security token included in the request is expired";
    if (!sigv4_matches(r, &a, credential->secret))
        return "The request signature we calculated does not match the signature you provided. "
               "Check your AWS Secret Access Key and signing method.";
    return NULL;
}

bool staxd_sign_verify(const struct staxd_login *login, const struct web_request *r,
                       struct staxd_answer *answer)
{
    const char *why = why_not(login, r);
    if (why)
        staxd_answer_gateway(answer, 403, why);
    return !why;
}
