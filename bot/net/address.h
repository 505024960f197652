/* SPDX-License-Identifier: Apache-2.0 */
/* An address as everybody here reads it. Two libraries and our own signing take addresses apart,
   and where they disagree a check of one is none for the other (ws://127.0.0.1:80@other/). So only
   a narrow form is taken at all, in which there is nothing to disagree about: scheme, a host of
   plain letters, a port in range; no user, no fragment, no escapes in the host (RFC 3986, section
   3). */
#ifndef REGUARD_ADDRESS_H
#define REGUARD_ADDRESS_H

#include "core/base.h"
#include "core/err.h"

enum { ADDRESS_BYTES = 4096 };

struct address {
    bool tls;       /* https, wss, smtps */
    bool mail;      /* smtp, smtps */
    bool loopback;  /* without TLS nothing else is allowed */
    char host[256]; /* lower case; an IPv6 address without its brackets */
    int port, usual_port;
    const char *rest; /* path and query, "" for none; inside the text that was read */
};

/* https:// and wss://, and to loopback http:// and ws://. */
bool address_read(const char *url, struct address *ret, struct err *);
/* As address_read, and http:// to one of these hosts, too (in lower case; ends with NULL; NULL: to
   none): literal addresses that lead nowhere but to this machine's own host. */
bool address_read_beside(const char *url, const char *const *plain_hosts, struct address *ret,
                         struct err *err);
/* smtp:// and smtps://. */
bool address_read_mail(const char *url, struct address *ret, struct err *err);
/* As address_read, and its host and port are those of the other one too. */
bool address_is_at(const char *url, const char *origin);
/* Where we listen: "127.0.0.1:PORT" (any of 127/8), "[::1]:PORT" or "unix:/PATH". Literal addresses
   only: a name would be looked up, and could be anywhere. */
struct address_listen {
    char at[256]; /* the address without brackets, or the path */
    bool is_path, is_v6;
    int port;
};
bool address_read_listen(const char *listen, struct address_listen *ret);
/* "host" or "host:port", as it stands in a Host header: without the scheme's own port. */
void address_host(const struct address *, char *to, size_t bytes);
/* One label of a host name, that is to be put into one: letters, digits and hyphens. */
bool address_is_label(const char *text);

#endif
