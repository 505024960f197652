/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP server for health and metrics on a loopback address or a unix socket. GET only,
   answers from memory. */
#ifndef REGUARD_HTTPD_H
#define REGUARD_HTTPD_H

#include "core/buf.h"
#include "core/err.h"
#include "net/loop.h"

struct httpd;
/* Fills the body and content type for a path; returns the HTTP status (404 for an unknown path). */
typedef int (*httpd_answer)(void *arg, const char *path, struct buf *body,
                            const char **ret_content_type);
/* listen: "127.0.0.1:9464", "[::1]:9464" or "unix:/run/x.sock"; anything else is refused. Port 0
   picks one. */
struct httpd *httpd_new(struct loop *, const char *listen, httpd_answer, void *arg, struct err *);
/* Nobody else listens there, and this process may. httpd_new asks the same. */
bool httpd_may_listen(const char *listen, struct err *);
void httpd_free(struct httpd *);

#endif
