/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char DIGITS[] = "0123456789";
enum { LABEL_BYTES = 63, HOST_BYTES = 253, IPV6_BYTES = 45 };

/* ---- hosts ---- */

static size_t label_bytes(const char *at)
{
    size_t bytes = 0;
    while (is_letter(at[bytes]) || is_digit(at[bytes]) || at[bytes] == '-' || at[bytes] == '_')
        bytes++;
    bool fine = bytes > 0 && bytes <= LABEL_BYTES && at[0] != '-' && at[bytes - 1] != '-';
    return fine ? bytes : 0;
}

bool address_is_label(const char *text)
{
    return text && label_bytes(text) > 0 && text[label_bytes(text)] == '\0';
}

/* Of dotted decimal numbers, each as it is written when there is only one way to write it: others
   are read as octal, or as an address with parts left out. */
static bool is_dotted_quad(const char *host)
{
    for (int part = 0; part < 4; part++) {
        size_t digits = strspn(host, DIGITS);
        if (digits == 0 || digits > 3 || (digits > 1 && host[0] == '0') ||
            strtol(host, NULL, 10) > 255)
            return false;
        host += digits;
        if (*host != (part < 3 ? '.' : '\0'))
            return false;
        host += part < 3;
    }
    return true;
}

/* Behind the name that begins here; NULL when it is none. No name of a host ends in a label that
   begins with a digit, so what does must be an address. */
static const char *behind_name(const char *at, char host[HOST_BYTES + 1])
{
    const char *start = at, *last = at;
    for (size_t bytes;; at++) {
        last = at;
        bytes = label_bytes(at);
        if (bytes == 0)
            return NULL;
        at += bytes;
        if (*at != '.')
            break;
    }
    size_t bytes = (size_t)(at - start);
    if (bytes > HOST_BYTES)
        return NULL;
    for (size_t i = 0; i < bytes; i++)
        host[i] = is_letter(start[i]) ? (char)(start[i] | 0x20) : start[i];
    host[bytes] = '\0';
    return is_digit(*last) && !is_dotted_quad(host) ? NULL : at;
}

/* Behind "[…]". In its shortest form (RFC 5952) only: of the other spellings libcurl makes that
   one, and libwebsockets does not. */
static const char *behind_brackets(const char *at, char host[HOST_BYTES + 1])
{
    unsigned char parsed[16];
    char shortest[INET6_ADDRSTRLEN];
    size_t bytes = strspn(at + 1, "0123456789abcdefABCDEF:.");
    if (bytes > IPV6_BYTES || at[1 + bytes] != ']')
        return NULL;
    for (size_t i = 0; i < bytes; i++)
        host[i] = is_letter(at[1 + i]) ? (char)(at[1 + i] | 0x20) : at[1 + i];
    host[bytes] = '\0';
    bool fine = inet_pton(AF_INET6, host, parsed) == 1 &&
                inet_ntop(AF_INET6, parsed, shortest, sizeof shortest) && str_equal(host, shortest);
    return fine ? at + 1 + bytes + 1 : NULL;
}

/* ---- the other parts ---- */

static const char *behind_scheme(const char *url, struct address *a)
{
    static const struct {
        const char *scheme;
        bool tls, mail;
        int port;
    } schemes[] = { { "https://", true, false, 443 }, { "wss://", true, false, 443 },
                    { "http://", false, false, 80 },  { "ws://", false, false, 80 },
                    { "smtps://", true, true, 465 },  { "smtp://", false, true, 25 } };
    for (size_t i = 0; i < COUNT(schemes); i++)
        if (strncmp(url, schemes[i].scheme, strlen(schemes[i].scheme)) == 0) {
            a->tls = schemes[i].tls;
            a->mail = schemes[i].mail;
            a->port = a->usual_port = schemes[i].port;
            return url + strlen(schemes[i].scheme);
        }
    return NULL;
}

static const char *behind_port(const char *at, struct address *a)
{
    if (*at != ':')
        return at;
    size_t digits = strspn(at + 1, DIGITS);
    a->port = digits && digits <= 5 && at[1] != '0' ? (int)strtol(at + 1, NULL, 10) : 0;
    return a->port > 0 && a->port <= 65535 ? at + 1 + digits : NULL;
}

/* What may stand in a path or a query as it is, and percent signs. */
static bool is_rest(const char *at)
{
    if (*at && *at != '/' && *at != '?')
        return false;
    for (; *at; at++)
        if (!is_letter(*at) && !is_digit(*at) && !strchr("-._~!$&'()*+,;=:@/?%", *at))
            return false;
    return true;
}

static bool is_loopback(const char *host)
{
    return str_equal(host, "127.0.0.1") || str_equal(host, "localhost") || str_equal(host, "::1");
}

static bool take_apart(const char *url, struct address *a, struct err *err)
{
    const char *at = url && strlen(url) < ADDRESS_BYTES ? behind_scheme(url, a) : NULL;
    if (!at)
        return err_set(err, "the address is none of the kinds that are taken here");
    bool brackets = *at == '[';
    at = brackets ? behind_brackets(at, a->host) : behind_name(at, a->host);
    if (!at)
        return err_set(err, brackets ? "the address has no IPv6 address in its shortest form"
                                     : "the address has no usable host name");
    at = behind_port(at, a);
    if (!at || !is_rest(at))
        return err_set(err, "the address is not in the plain form that is taken here");
    a->loopback = is_loopback(a->host);
    a->rest = at;
    return true;
}

bool address_read_listen(const char *listen, struct address_listen *ret)
{
    static const char path[] = "unix:";
    struct address a = { 0 };
    *ret = (struct address_listen){ 0 };
    if (strncmp(listen, path, strlen(path)) == 0) {
        ret->is_path = true;
        return listen[strlen(path)] == '/' &&
               str_copy(ret->at, sizeof ret->at, listen + strlen(path));
    }
    const char *at = *listen == '[' ? behind_brackets(listen, a.host) : behind_name(listen, a.host);
    at = at && *at == ':' ? behind_port(at, &a) : NULL;
    ret->is_v6 = *listen == '[';
    ret->port = a.port;
    return at && !*at && str_copy(ret->at, sizeof ret->at, a.host) &&
           (ret->is_v6 ? str_equal(a.host, "::1")
                       : is_dotted_quad(a.host) && strncmp(a.host, "127.", 4) == 0);
}

static bool is_among(const char *host, const char *const *hosts)
{
    while (hosts && *hosts && !str_equal(*hosts, host))
        hosts++;
    return hosts && *hosts;
}

bool address_read_beside(const char *url, const char *const *plain_hosts, struct address *ret,
                         struct err *err)
{
    struct address a = { 0 };
    if (!take_apart(url, &a, err))
        return false;
    if (a.mail)
        return err_set(err, "the address is no https:// address");
    if (!a.tls && !a.loopback && !is_among(a.host, plain_hosts))
        return err_set(err, "without TLS only loopback is allowed");
    *ret = a;
    return true;
}

bool address_read(const char *url, struct address *ret, struct err *err)
{
    return address_read_beside(url, NULL, ret, err);
}

bool address_read_mail(const char *url, struct address *ret, struct err *err)
{
    struct address a = { 0 };
    if (!take_apart(url, &a, err))
        return false;
    if (!a.mail)
        return err_set(err, "the address is no smtp:// address");
    *ret = a;
    return true;
}

bool address_is_at(const char *url, const char *origin)
{
    struct address a = { 0 }, b = { 0 };
    return address_read(url, &a, NULL) && address_read(origin, &b, NULL) && a.tls == b.tls &&
           a.port == b.port && str_equal(a.host, b.host);
}

void address_host(const struct address *a, char *to, size_t bytes)
{
    bool brackets = strchr(a->host, ':') != NULL, usual = a->port == a->usual_port;
    int length = snprintf(to, bytes, "%s%s%s", brackets ? "[" : "", a->host, brackets ? "]" : "");
    if (!usual && length >= 0 && (size_t)length < bytes)
        snprintf(to + length, bytes - (size_t)length, ":%d", a->port);
}
