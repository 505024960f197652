/* What web.c and its neighbours share with control.c and main.c; services use web.h only. */
#ifndef SANDBOX_GATEWAY_H
#define SANDBOX_GATEWAY_H

#include "tests/sandbox/net/web.h"

struct lws_context;

/* ---- certificate.c: a certificate authority for this run, and a server pair signed by it, as PEM
   texts ---- */
struct certificate {
    char *authority, *server, *server_key;
};
/* False, with a line on stderr, when OpenSSL refuses. */
bool certificate_make(struct certificate *);
void certificate_done(struct certificate *);

/* ---- web.c ---- */
struct services {
    struct slack *slack;
    struct matrix *matrix;
    struct stax *stax;
    struct smtp *smtp;
};
/* Port 0 picks a free one; both ports are known afterwards. False, with a line on stderr, when a
   port cannot be had. */
bool web_open(const struct certificate *, int *port, int *plain_port);
/* A third listener, without TLS, for the page alone (page.h). */
bool web_open_page(int *port);
/* Serves until web_stop. */
void web_run(const struct services *);
/* May be called from a signal handler. */
void web_stop(void);
/* Closes every connection; the service of each open WebSocket is told. */
void web_close(void);

/* ---- timers.c ---- */
void timers_start(struct lws_context *);
/* No timer fires any more. */
void timers_stop(void);

/* ---- control.c: everything under /sandbox/ ---- */
void control_handle(const struct services *, const struct web_request *, struct web_reply *);

/* ---- faults.c and requests.c, behind the control calls of the same names ---- */
/* Arms or clears; false and why (static) when the request makes no sense. */
bool faults_control(const json_t *request, const char **why);
size_t faults_armed(void);
/* What is armed: operation, kind, status and count left; new reference. */
json_t *faults_list(void);
void faults_clear(void);
/* The entries with a number above since, oldest first; new reference. */
json_t *requests_list(uint64_t since);
/* How many there were, ever: the number of the newest. */
uint64_t requests_count(void);
void requests_clear(void);

/* ---- folder.c: what the sandbox leaves in its folder ---- */
struct folder {
    const char *dir, *organisation, *page; /* the page's address, NULL without one */
    int port, plain_port, smtp_port;
};
/* All but sandbox.json: so that whoever waits for that file finds the rest. */
bool folder_write(const struct folder *, const struct certificate *);
/* sandbox.json, and the same line on stdout. */
bool folder_ready(const struct folder *);

#endif
