/* SPDX-License-Identifier: Apache-2.0 */
/* The mail adapter: sends one-time codes by libcurl's SMTP. One mail at a time, in a thread of its
   own, so that a slow server never holds the loop up. TLS from the start (smtps) or STARTTLS;
   neither only to loopback. */
#ifndef REGUARD_MAIL_H
#define REGUARD_MAIL_H

#include "port/adapter.h"
#include "port/inbox.h"
#include "net/loop.h"
#include "host/secret.h"

struct mail_options {
    const char *smtp_url, *from, *username; /* copied; username "": nobody signs in */
    struct secret *password; /* taken over; may be NULL; the only one of adapter_ops.renew */
};

/* NULL when the address of the server or of the sender is none. */
struct adapter *mail_new(struct loop *, struct inbox *, const struct mail_options *, struct err *);
/* Connects, signs in and says NOOP; waits for the answers. For `check`. */
bool mail_probe(struct adapter *, struct err *);
/* A whole message: headers and body with CRLF line ends. False when an address or the subject is
   not allowed. */
bool mail_compose(const char *from, const struct effect_mail *, ms_t now_ms, struct buf *out,
                  struct err *);
/* Fit for an envelope and a header as it is: a mailbox without quotes (RFC 5321, 4.1.2), at most
   254 bytes. */
bool mail_address_allowed(const char *address);

#endif
