/* SPDX-License-Identifier: Apache-2.0 */
/* Mails with libcurl itself, to a server that says the input, a line after each thing that it is
   told or has waited for in vain. Each mail has one outcome. */
#include "tests/fuzz/fuzz.h"

#include "adapters/mail/mail.h"
#include "host/log.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;
static struct inbox inbox;
static struct adapter *mail;
static struct loop_timer patience;
static int listening;
static uint64_t id;
static size_t outcomes;
static struct {
    const uint8_t *bytes;
    size_t count;
} given;

/* Up to the end of the next line. */
static bool say_line(int fd, size_t *at)
{
    const uint8_t *from = given.bytes + *at;
    const uint8_t *end = memchr(from, '\n', given.count - *at);
    size_t bytes = end ? (size_t)(end - from) + 1 : given.count - *at;
    *at += bytes;
    return bytes && send(fd, from, bytes, MSG_NOSIGNAL) == (ssize_t)bytes;
}

static void *serve(void *arg)
{
    char room[4096];
    (void)arg;
    int fd = accept(listening, NULL, NULL);
    size_t at = 0;
    ssize_t got = 1;
    struct timeval patience_of_it = { .tv_usec = 2000 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience_of_it, sizeof patience_of_it);
    while (got != 0 && say_line(fd, &at))
        got = recv(fd, room, sizeof room, 0);
    shutdown(fd, SHUT_WR);
    struct linger now = { 1, 0 };
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
    return NULL;
}

static void look(void *arg)
{
    struct inbox_batch *batch = inbox_take(&inbox);
    (void)arg;
    for (size_t i = 0; i < batch->count; i++) {
        const struct event *e = batch->events[i];
        FUZZ_PROMISE(e->kind == EVENT_MAIL_SENT || e->kind == EVENT_MAIL_FAILED, "an outcome", "");
        FUZZ_PROMISE(e->effect_id == id, "of the mail that was sent", "");
        FUZZ_PROMISE(e->kind == EVENT_MAIL_SENT || e->error[0], "what failed says why", "");
        FUZZ_PROMISE(e->kind != EVENT_MAIL_SENT || memchr(given.bytes, '2', given.count),
                     "nothing is sent without a yes", "");
        outcomes++;
    }
    inbox_release(&inbox, batch);
    loop_stop(loop);
}

static void woken(void *arg)
{
    static struct loop_timer now = { .fired = look };
    (void)arg;
    loop_timer_set(loop, &now, 0);
}

static void no_end(void *arg)
{
    (void)arg;
    fuzz_broken("every mail comes to an end", "a minute later");
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    struct err err;
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t bytes = sizeof at;
    static char url[64];
    (void)count;
    (void)words;
    log_setup(LOG_NOTHING, LOG_TEXT);
    loop = loop_new(&err);
    inbox_init(&inbox, woken, NULL);
    listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!loop || bind(listening, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(listening, 4) != 0 || getsockname(listening, (struct sockaddr *)&at, &bytes) != 0)
        abort();
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", ntohs(at.sin_port));
    struct mail_options options = { .smtp_url = url, .from = "r@example.com", .username = "" };
    mail = mail_new(loop, &inbox, &options, &err);
    return mail ? 0 : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    pthread_t server;
    struct err err = { "" };
    char text[] = "Your code is 123456.";
    given.bytes = bytes;
    given.count = count;
    outcomes = 0;
    struct effect effect = { .kind = EFFECT_MAIL, .id = ++id };
    effect.mail = (struct effect_mail){ .to = "a@example.com", .subject = "code", .text = text };
    if (pthread_create(&server, NULL, serve, NULL) != 0)
        abort();
    FUZZ_PROMISE(mail->ops->perform(mail, &effect, &err), "a mail can be begun", err.text);
    patience = (struct loop_timer){ .fired = no_end };
    loop_timer_set(loop, &patience, 60 * MS_SECOND);
    FUZZ_PROMISE(loop_run(loop), "the loop goes on", "");
    loop_timer_cancel(&patience);
    pthread_join(server, NULL);
    FUZZ_PROMISE(outcomes == 1, "one outcome", "");
    return 0;
}
