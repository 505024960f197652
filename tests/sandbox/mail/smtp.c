/* SPDX-License-Identifier: Apache-2.0 */
/* A mail server as RFC 5321 wants it at least, on loopback, in a thread of its own: it takes every
   mail and keeps it. */
#include "tests/sandbox/mail/smtp.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/net/timers.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CLIENTS = 16,
    ADDRESS_BYTES = 320,
    RECIPIENTS_BYTES = 2048,
    LINE_BYTES = 4096,
    DATA_BYTES = 256 * 1024,
    MAILS = 10000,
    NOTICE_MS = 50
};

struct mail {
    struct mail *next;
    char *from, *to, *data;
};

struct client {
    int fd; /* -1: free place */
    bool greeted, in_data, skip_line;
    bool too_big;
    char from[ADDRESS_BYTES]; /* "<" in front while a mail is open, so that the empty sender is one
                                 too */
    char to[RECIPIENTS_BYTES];
    char line[LINE_BYTES];
    size_t line_bytes;
    char *data;
    size_t data_bytes;
};

/* What both threads touch, under the lock. */
struct mailbox {
    pthread_mutex_t lock;
    struct mail *first, **last;
    size_t count;
};

struct smtp {
    struct mailbox *box;
    pthread_t thread;
    int listener, stop[2];
    struct client clients[CLIENTS];
    size_t noticed; /* by the loop's thread */
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "reguard-sandbox: mail: %s\n", what);
    abort();
}

/* ---- mails ---- */

static void keep(struct mailbox *box, const struct client *c)
{
    struct mail *m = calloc(1, sizeof *m);
    if (!m)
        die("out of memory");
    m->from = strdup(c->from + 1);
    m->to = strdup(c->to);
    m->data = strndup(c->data ? c->data : "", c->data_bytes);
    pthread_mutex_lock(&box->lock);
    *box->last = m;
    box->last = &m->next;
    box->count++;
    pthread_mutex_unlock(&box->lock);
}

/* Bytes that are no UTF-8 must not spoil the whole answer. */
static json_t *text(const char *s)
{
    json_t *json = json_string(s);
    if (json)
        return json;
    char *plain = strdup(s);
    for (char *p = plain; p && *p; p++)
        *p = (char)(*p & 0x80 ? '?' : *p);
    json = json_string(plain ? plain : "");
    free(plain);
    return json;
}

static json_t *mails(const struct smtp *s)
{
    json_t *all = json_array();
    pthread_mutex_lock(&s->box->lock);
    for (const struct mail *m = s->box->first; m; m = m->next)
        json_array_append_new(all, json_pack("{s:o, s:o, s:o}", "from", text(m->from), "to",
                                             text(m->to), "data", text(m->data)));
    pthread_mutex_unlock(&s->box->lock);
    return all;
}

static size_t mail_count(struct mailbox *box)
{
    pthread_mutex_lock(&box->lock);
    size_t count = box->count;
    pthread_mutex_unlock(&box->lock);
    return count;
}

/* ---- one client ---- */

/* Answers are far smaller than a socket's buffer: what does not fit at once means a client that
   does not read. */
static void say(struct client *c, const char *answer)
{
    size_t bytes = strlen(answer);
    if (send(c->fd, answer, bytes, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)bytes)
        shutdown(c->fd, SHUT_RDWR);
}

static void forget_mail(struct client *c)
{
    free(c->data);
    c->data = NULL;
    c->data_bytes = 0;
    c->from[0] = c->to[0] = '\0';
    c->in_data = c->too_big = false;
}

static void hang_up(struct client *c)
{
    forget_mail(c);
    close(c->fd);
    *c = (struct client){ .fd = -1 };
}

/* The address between < and >. */
static bool address(const char *text_after, char to[ADDRESS_BYTES])
{
    const char *open = text_after + strspn(text_after, " "), *close = strchr(open, '>');
    if (*open != '<' || !close || close - open >= ADDRESS_BYTES)
        return false;
    memcpy(to, open + 1, (size_t)(close - open - 1));
    to[close - open - 1] = '\0';
    return true;
}

static void mail_from(struct client *c, const char *rest)
{
    char from[ADDRESS_BYTES];
    if (!c->greeted || c->from[0])
        say(c, "503 5.5.1 Not now\r\n");
    else if (!address(rest, from))
        say(c, "501 5.1.7 MAIL FROM:<address>\r\n");
    else {
        snprintf(c->from, sizeof c->from, "<%.*s", ADDRESS_BYTES - 2, from);
        say(c, "250 2.1.0 OK\r\n");
    }
}

static void rcpt_to(struct client *c, const char *rest)
{
    char to[ADDRESS_BYTES];
    size_t used = strlen(c->to);
    if (!c->from[0])
        say(c, "503 5.5.1 MAIL first\r\n");
    else if (!address(rest, to) || !to[0])
        say(c, "501 5.1.3 RCPT TO:<address>\r\n");
    else if (used + strlen(to) + 3 > sizeof c->to)
        say(c, "452 4.5.3 Too many recipients\r\n");
    else {
        snprintf(c->to + used, sizeof c->to - used, "%s%s", used ? ", " : "", to);
        say(c, "250 2.1.5 OK\r\n");
    }
}

static void data(struct client *c)
{
    if (!c->to[0]) {
        say(c, "503 5.5.1 RCPT first\r\n");
        return;
    }
    c->data = malloc(DATA_BYTES);
    if (!c->data)
        die("out of memory");
    c->in_data = true;
    say(c, "354 End with a dot on a line of its own\r\n");
}

static void greet(struct client *c, bool extended)
{
    forget_mail(c);
    c->greeted = true;
    say(c, extended
               ? "250-sandbox\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 262144\r\n"
               : "250 sandbox\r\n");
}

static bool is_verb(const char *line, const char *verb)
{
    size_t length = strlen(verb);
    return strncasecmp(line, verb, length) == 0 &&
           (verb[length - 1] == ':' || line[length] == '\0' || line[length] == ' ');
}

/* False when the connection ends. */
static bool command(struct client *c, const char *line)
{
    if (is_verb(line, "EHLO") || is_verb(line, "HELO"))
        greet(c, toupper((unsigned char)line[0]) == 'E');
    else if (is_verb(line, "MAIL FROM:"))
        mail_from(c, line + 10);
    else if (is_verb(line, "RCPT TO:"))
        rcpt_to(c, line + 8);
    else if (is_verb(line, "DATA"))
        data(c);
    else if (is_verb(line, "RSET")) {
        forget_mail(c);
        say(c, "250 2.0.0 OK\r\n");
    } else if (is_verb(line, "NOOP"))
        say(c, "250 2.0.0 OK\r\n");
    else if (is_verb(line, "QUIT")) {
        say(c, "221 2.0.0 Bye\r\n");
        return false;
    } else
        say(c, "500 5.5.2 Unknown command\r\n");
    return true;
}

static void data_end(struct smtp *s, struct client *c)
{
    if (c->too_big || mail_count(s->box) >= MAILS)
        say(c, "552 5.3.4 Too much mail\r\n");
    else {
        keep(s->box, c);
        say(c, "250 2.0.0 Kept\r\n");
    }
    forget_mail(c);
}

static void data_line(struct smtp *s, struct client *c, const char *line, size_t bytes)
{
    if (bytes == 1 && line[0] == '.') {
        data_end(s, c);
        return;
    }
    if (line[0] == '.') { /* RFC 5321 4.5.2: the sender doubled a dot at the start */
        line++;
        bytes--;
    }
    c->too_big = c->too_big || c->data_bytes + bytes + 2 > DATA_BYTES;
    if (c->too_big)
        return;
    memcpy(c->data + c->data_bytes, line, bytes);
    memcpy(c->data + c->data_bytes + bytes, "\r\n", 2);
    c->data_bytes += bytes + 2;
}

/* A line has ended; CRLF is cut off already. */
static bool take_line(struct smtp *s, struct client *c)
{
    bool whole = !c->skip_line, go_on = true;
    c->line[c->line_bytes] = '\0';
    if (!whole)
        say(c, "500 5.5.2 Line too long\r\n");
    else if (c->in_data)
        data_line(s, c, c->line, c->line_bytes);
    else
        go_on = command(c, c->line);
    c->line_bytes = 0;
    c->skip_line = false;
    return go_on;
}

static bool take_byte(struct smtp *s, struct client *c, char byte)
{
    if (byte == '\n' && c->line_bytes && c->line[c->line_bytes - 1] == '\r') {
        c->line_bytes--;
        return take_line(s, c);
    }
    if (c->line_bytes + 1 >= sizeof c->line) {
        c->skip_line = true;
        c->line_bytes = 0;
    }
    c->line[c->line_bytes++] = byte;
    return true;
}

static void readable(struct smtp *s, struct client *c)
{
    char bytes[4096];
    ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
    bool go_on = n > 0 || (n < 0 && errno == EINTR);
    for (ssize_t i = 0; go_on && i < n; i++)
        go_on = take_byte(s, c, bytes[i]);
    if (!go_on)
        hang_up(c);
}

/* ---- the thread ---- */

static void take_client(struct smtp *s)
{
    int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    for (size_t i = 0; i < CLIENTS; i++)
        if (s->clients[i].fd < 0) {
            s->clients[i].fd = fd;
            say(&s->clients[i], "220 sandbox ESMTP\r\n");
            return;
        }
    close(fd);
}

static void *serve(void *arg)
{
    struct smtp *s = arg;
    struct pollfd fds[CLIENTS + 2];
    for (;;) {
        fds[0] = (struct pollfd){ .fd = s->stop[0], .events = POLLIN };
        fds[1] = (struct pollfd){ .fd = s->listener, .events = POLLIN };
        for (size_t i = 0; i < CLIENTS; i++)
            fds[i + 2] = (struct pollfd){ .fd = s->clients[i].fd, .events = POLLIN };
        if (poll(fds, CLIENTS + 2, -1) < 0 && errno != EINTR)
            die("poll failed in the mail server");
        if (fds[0].revents)
            return NULL;
        for (size_t i = 0; i < CLIENTS; i++)
            if (fds[i + 2].revents)
                readable(s, &s->clients[i]);
        if (fds[1].revents)
            take_client(s);
    }
}

/* The loop's thread looks for new mail itself: what waits for a change is woken there and nowhere
   else. */
static void notice(void *arg)
{
    struct smtp *s = arg;
    size_t count = mail_count(s->box);
    if (count != s->noticed)
        sandbox_changed();
    s->noticed = count;
    sandbox_after(NOTICE_MS, notice, s);
}

static int listen_at(int port, int *ret_port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t bytes = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, CLIENTS) ||
        getsockname(fd, (struct sockaddr *)&at, &bytes)) {
        close(fd);
        return -1;
    }
    *ret_port = ntohs(at.sin_port);
    return fd;
}

/* Signals are for the main thread. */
static bool start_thread(struct smtp *s)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&s->thread, NULL, serve, s) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static void release(struct smtp *s)
{
    for (size_t i = 0; i < CLIENTS; i++)
        if (s->clients[i].fd >= 0)
            hang_up(&s->clients[i]);
    for (struct mail *next, *m = s->box->first; m; m = next) {
        next = m->next;
        free(m->from);
        free(m->to);
        free(m->data);
        free(m);
    }
    pthread_mutex_destroy(&s->box->lock);
    free(s->box);
    close(s->listener);
    close(s->stop[0]);
    close(s->stop[1]);
    free(s);
}

struct smtp *smtp_start(int port, int *ret_port)
{
    struct smtp *s = calloc(1, sizeof *s);
    struct mailbox *box = calloc(1, sizeof *box);
    if (!s || !box)
        die("out of memory");
    pthread_mutex_init(&box->lock, NULL);
    box->last = &box->first;
    s->box = box;
    s->stop[0] = s->stop[1] = -1;
    for (size_t i = 0; i < CLIENTS; i++)
        s->clients[i].fd = -1;
    s->listener = listen_at(port, ret_port);
    if (s->listener < 0 || pipe(s->stop) || !start_thread(s)) {
        release(s);
        return NULL;
    }
    sandbox_after(NOTICE_MS, notice, s);
    return s;
}

/* The loop must not turn any more: its next look for mail is still booked. */
void smtp_stop(struct smtp *s)
{
    if (!s)
        return;
    if (write(s->stop[1], "", 1) != 1)
        die("the mail server cannot be stopped");
    pthread_join(s->thread, NULL);
    release(s);
}

static void show(void *self, const struct control_call *call)
{
    web_reply_json(call->reply, 200, mails(self));
}

static const struct control_row calls[] = {
    { "GET", "mail", show },
    { NULL, NULL, NULL },
};

struct service smtp_service(struct smtp *s)
{
    return (struct service){ .self = s, .calls = calls };
}
