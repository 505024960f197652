/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http.h"
#include "core/xalloc.h"
#include "core/buf.h"
#include "core/limits.h"
#include "host/clock.h"
#include "net/address.h"
#include "host/log.h"
#include "net/trust.h"

#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* libcurl is a guest of the loop: all its sockets live in one private epoll descriptor, which the
   loop watches. */

static const long CONNECT_TIMEOUT_MS = 5000;
static const ms_t RETRY_AFTER_CEILING_MS = MS_DAY;
/* A name that has moved is followed as soon; a crowd of new connections asks once. */
static const long NAME_COUNTS_S = 5;
enum { READY_BATCH = 16 };

struct request {
    struct request *next;
    struct http *http;
    CURL *easy;
    struct curl_slist *headers;
    char *body, *ca_file;
    struct buf answer;
    enum http_share share;
    size_t counted;    /* of the answer's memory, against its share */
    size_t head_bytes; /* of all its headers, those of interim answers and those behind it, too */
    void (*done)(void *, const struct http_result *);
    void *arg;
    const char *wants_header;
    ms_t leave_before_ms; /* monotonic; 0: any time */
    ms_t timeout_ms;
    bool urgent, forgotten, running, late, crowded;
    char error[CURL_ERROR_SIZE], certificate[TRUST_WHY_BYTES];
};

struct http {
    struct loop *loop;
    CURLM *multi;
    int epoll_fd;
    struct loop_timer timer, starter;
    struct request *requests; /* all: waiting in order of arrival, and running */
    size_t count, running, ordinary, ordinary_running; /* ordinary: not urgent */
    bool in_callback;
    size_t held[HTTP_SHARES]; /* bytes of answers */
    ms_t renewed_ms; /* monotonic: connections from before are not used again; 0: all may be */
};

/* ---- requests ---- */

/* Small answers come whatever the long ones hold. */
static bool has_room(const struct http *http, enum http_share share, size_t more)
{
    static const size_t most[] = { LIMIT_HTTP_BODIES_BYTES, LIMIT_HTTP_BODIES_RAISING_BYTES,
                                   LIMIT_HTTP_BODIES_GUARDING_BYTES };
    size_t held = more;
    for (size_t i = 0; i < HTTP_SHARES; i++) {
        held += http->held[i];
        if (i >= (size_t)share && held > most[i])
            return false;
    }
    return true;
}

static bool count_body(struct request *r, size_t capacity)
{
    size_t counted = capacity > LIMIT_HTTP_BODY_FREE_BYTES ? capacity - LIMIT_HTTP_BODY_FREE_BYTES
                                                           : 0;
    if (counted <= r->counted)
        return true;
    if (!has_room(r->http, r->share, counted - r->counted))
        return false;
    r->http->held[r->share] += counted - r->counted;
    r->counted = counted;
    return true;
}

/* At once, so that one gives way and not all of them. */
static void drop_body(struct request *r)
{
    r->http->held[r->share] -= r->counted;
    r->counted = 0;
    if (r->answer.text) /* it may hand out a secret */
        explicit_bzero(r->answer.text, r->answer.bytes);
    buf_done(&r->answer);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct request *r = arg;
    r->crowded = !count_body(r, buf_capacity_for(&r->answer, size * count));
    if (r->crowded) {
        drop_body(r);
        return 0;
    }
    buf_add_bytes(&r->answer, bytes, size * count);
    return r->answer.overflow ? 0 : size * count;
}

/* libcurl keeps every header that comes, as many as there are. */
static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
    (void)bytes;
    struct request *r = arg;
    r->head_bytes += size * count;
    return r->head_bytes > LIMIT_HTTP_HEAD_BYTES ? 0 : size * count;
}

static void request_free(struct request *r)
{
    if (!r)
        return;
    if (r->easy)
        curl_easy_cleanup(r->easy);
    for (struct curl_slist *h = r->headers; h; h = h->next) /* a token may stand in one */
        explicit_bzero(h->data, strlen(h->data));
    curl_slist_free_all(r->headers);
    if (r->body)
        explicit_bzero(r->body, strlen(r->body));
    free(r->body);
    free(r->ca_file);
    drop_body(r);
    free(r);
}

static void unlink_request(struct http *http, struct request *r)
{
    for (struct request **at = &http->requests; *at; at = &(*at)->next)
        if (*at == r) {
            *at = r->next;
            http->count--;
            http->ordinary -= !r->urgent;
            break;
        }
    if (r->running) {
        curl_multi_remove_handle(http->multi, r->easy);
        http->running--;
        http->ordinary_running -= !r->urgent;
    }
}

static bool add_header(struct request *r, const char *name, const char *value)
{
    CLEANUP(buf_done) struct buf line;
    buf_init(&line, LIMIT_MESSAGE_BYTES);
    buf_addf(&line, "%s: %s", name, value);
    struct curl_slist *longer = line.overflow || strpbrk(buf_text(&line), "\r\n")
                                    ? NULL
                                    : curl_slist_append(r->headers, buf_text(&line));
    if (line.text)
        explicit_bzero(line.text, line.bytes);
    if (longer)
        r->headers = longer;
    return longer != NULL;
}

/* libcurl itself would parse the system's whole bundle for each connection. */
static CURLcode set_trust(CURL *easy, void *ssl_context, void *file)
{
    (void)easy;
    return trust_apply(ssl_context, file) ? CURLE_OK : CURLE_SSL_CACERT_BADFILE;
}

/* The connection stands and nothing of the request has left (CURLOPT_PREREQFUNCTION): the last
   moment at which it can be held back. */
static int may_leave(void *arg, char *to, char *from, int to_port, int from_port)
{
    (void)to, (void)from, (void)to_port, (void)from_port;
    struct request *r = arg;
    r->late = clock_monotonic_ms() >= r->leave_before_ms;
    return r->late ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* What must not happen twice must not happen late either: the system goes on sending what was given
   up for minutes, also when this process sleeps or is gone. Closing throws away what has not left,
   and what nobody has confirmed for as long as an answer is waited for is closed by the system. */
static int ends_with_us(void *arg, curl_socket_t fd, curlsocktype purpose)
{
    const struct request *r = arg;
    struct linger none = { .l_onoff = 1, .l_linger = 0 };
    unsigned unconfirmed_ms = (unsigned)r->timeout_ms;
    bool done = setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none) == 0 &&
                setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unconfirmed_ms,
                           sizeof unconfirmed_ms) == 0;
    return purpose == CURLSOCKTYPE_IPCXN && !done ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK;
}

static void set_options(struct request *r, const struct http_request *wanted)
{
    CURL *c = r->easy;
    curl_easy_setopt(c, CURLOPT_URL, wanted->url);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, NAME_COUNTS_S);
    /* A request whose name is still being looked up ends without waiting for that, which takes as
       long as the system's resolver likes: its thread ends by itself. */
    curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)wanted->timeout_ms);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
                     wanted->timeout_ms < CONNECT_TIMEOUT_MS ? (long)wanted->timeout_ms
                                                             : CONNECT_TIMEOUT_MS);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "reguard");
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, r->headers);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, r);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, r);
    curl_easy_setopt(c, CURLOPT_PRIVATE, r);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, r->error);
    if (r->leave_before_ms) {
        curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, may_leave);
        curl_easy_setopt(c, CURLOPT_PREREQDATA, r);
    }
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, wanted->method);
    if (r->body) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body);
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)wanted->body_bytes);
        curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, wanted->method);
    }
    /* libcurl silently repeats a request whose kept connection turns out to be dead. What must not
       happen twice gets a new one. */
    curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, wanted->idempotent ? 0L : 1L);
    if (!wanted->idempotent) {
        curl_easy_setopt(c, CURLOPT_SOCKOPTFUNCTION, ends_with_us);
        curl_easy_setopt(c, CURLOPT_SOCKOPTDATA, r);
    }
    curl_easy_setopt(c, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    /* libcurl would keep the anchors of the first connection and put them in the place of ours on
       every later one. */
    curl_easy_setopt(c, CURLOPT_CA_CACHE_TIMEOUT, 0L);
    curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, set_trust);
    curl_easy_setopt(c, CURLOPT_SSL_CTX_DATA, r->ca_file);
}

/* A second too much is closed, and none too few: the library counts whole ones. */
static void set_age(const struct http *http, CURL *c)
{
    ms_t age_s = (clock_monotonic_ms() - http->renewed_ms) / MS_SECOND - 1;
    if (!http->renewed_ms)
        return;
    if (age_s < 1)
        curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
    else
        curl_easy_setopt(c, CURLOPT_MAXLIFETIME_CONN, (long)age_s);
    curl_easy_setopt(c, CURLOPT_SSL_SESSIONID_CACHE, 0L); /* a resumed one verifies nothing */
}

static struct request *request_new(struct http *http, const struct http_request *wanted,
                                   struct err *err)
{
    struct request *r = xcalloc(1, sizeof *r);
    r->http = http;
    r->share = wanted->share;
    buf_init(&r->answer, LIMIT_HTTP_BODY_BYTES);
    r->ca_file = xstrdup(str_or_empty(wanted->ca_file));
    r->easy = curl_easy_init();
    if (!r->easy)
        goto none;
    r->done = wanted->done;
    r->arg = wanted->arg;
    r->urgent = wanted->urgent;
    r->leave_before_ms = wanted->leave_before_ms;
    r->timeout_ms = wanted->timeout_ms;
    r->wants_header = wanted->wants_header;
    if (wanted->body) {
        r->body = xmalloc(wanted->body_bytes + 1);
        memcpy(r->body, wanted->body, wanted->body_bytes);
        r->body[wanted->body_bytes] = '\0';
    }
    for (size_t i = 0; i < wanted->header_count; i++)
        if (!add_header(r, wanted->headers[i].name, wanted->headers[i].value))
            goto none;
    if (wanted->body && !add_header(r, "Expect", ""))
        goto none;
    set_options(r, wanted);
    return r;
none:
    request_free(r);
    err_set(err, "the request could not be made");
    return NULL;
}

/* ---- running ---- */

/* A connection to the host had been made and the request was on its way. */
static bool was_sent(CURL *easy)
{
    curl_off_t ready_us = 0;
    long sent = 0;
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
    return ready_us > 0 || sent > 0;
}

static const char *plain_error(CURLcode code)
{
    switch ((int)code) {
    case CURLE_COULDNT_RESOLVE_HOST: return "its name could not be resolved";
    case CURLE_COULDNT_CONNECT: return "it could not be reached";
    case CURLE_OPERATION_TIMEDOUT: return "no answer in time";
    case CURLE_SSL_CACERT_BADFILE: return "the ca_file could not be read";
    case CURLE_SSL_CONNECT_ERROR: return "no TLS connection";
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE: return "the connection broke before the answer was complete";
    case CURLE_WRITE_ERROR: return "the answer was too long";
    default: return curl_easy_strerror(code);
    }
}

static const char *error_text(struct request *r, CURLcode code)
{
    long verified = 0;
    if (code != CURLE_PEER_FAILED_VERIFICATION)
        return plain_error(code);
    trust_look_again();
    curl_easy_getinfo(r->easy, CURLINFO_SSL_VERIFYRESULT, &verified);
    snprintf(r->certificate, sizeof r->certificate, "its certificate is not trusted (%s)",
             trust_reason(verified));
    return r->certificate;
}

struct kept {
    struct http_result result; /* first: it is what others hold */
    struct http *http;         /* whose share it counts against; NULL for a copy */
    enum http_share share;
    size_t counted;
    char *body, *header, *content_type, *peer_address;
};

static char *copy_body(const struct http_result *r)
{
    char *body = xmalloc(r->body_bytes + 1);
    memcpy(body, r->body, r->body_bytes);
    body[r->body_bytes] = '\0';
    return body;
}

/* The request has none any more, and what was counted for it is counted for this. */
static void take_answer(struct kept *kept, struct request *r)
{
    kept->http = r->http;
    kept->share = r->share;
    kept->counted = r->counted;
    kept->body = r->answer.text;
    r->counted = 0;
    r->answer = (struct buf){ .ceiling = r->answer.ceiling };
}

struct http_result *http_result_keep(const struct http_result *r)
{
    struct kept *kept = xcalloc(1, sizeof *kept);
    kept->result = *r;
    kept->result.request = NULL;
    if (r->request && r->request->answer.text)
        take_answer(kept, r->request);
    else
        kept->body = copy_body(r);
    kept->header = xstrdup(r->header);
    kept->content_type = xstrdup(r->content_type);
    kept->peer_address = xstrdup(r->peer_address);
    kept->result.body = kept->body;
    kept->result.header = kept->header;
    kept->result.content_type = kept->content_type;
    kept->result.peer_address = kept->peer_address;
    kept->result.error = "";
    return &kept->result;
}

void http_result_free(struct http_result *r)
{
    struct kept *kept = (struct kept *)r;
    if (!kept)
        return;
    if (kept->http)
        kept->http->held[kept->share] -= kept->counted;
    explicit_bzero(kept->body, kept->result.body_bytes);
    free(kept->body);
    free(kept->header);
    free(kept->content_type);
    free(kept->peer_address);
    free(kept);
}

static struct http_result result_of(struct request *r, CURLcode code)
{
    struct http_result result = { .body = buf_text(&r->answer),
                                  .body_bytes = r->answer.bytes,
                                  .content_type = "",
                                  .header = "",
                                  .error = "",
                                  .peer_address = "",
                                  .request = r };
    const char *type = NULL, *address = NULL;
    curl_off_t retry_after = 0;
    curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &result.status);
    curl_easy_getinfo(r->easy, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(r->easy, CURLINFO_PRIMARY_IP, &address);
    curl_easy_getinfo(r->easy, CURLINFO_RETRY_AFTER, &retry_after);
    result.content_type = str_or_empty(type);
    result.peer_address = str_or_empty(address);
    result.retry_after_ms = retry_after > 0 && retry_after < RETRY_AFTER_CEILING_MS / 1000
                                ? (ms_t)retry_after * 1000
                            : retry_after > 0 ? RETRY_AFTER_CEILING_MS
                                              : 0;
    struct curl_header *header = NULL;
    if (r->wants_header &&
        curl_easy_header(r->easy, r->wants_header, 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
        result.header = header->value;
    /* libcurl takes any number behind "HTTP/2" for one. */
    if (code == CURLE_OK && (result.status < 0 || result.status > 999))
        code = CURLE_WEIRD_SERVER_REPLY;
    if (code == CURLE_OK)
        return result;
    result.outcome = !r->late && was_sent(r->easy) ? HTTP_UNKNOWN : HTTP_NOT_SENT;
    result.error = r->late      ? "it took too long until it could be sent"
                   : r->crowded ? "too many long answers come at once"
                                : error_text(r, code);
    result.too_long = result.status == 200 && r->answer.overflow;
    LOG(LOG_DEBUG, "http.error", LI("code", code), LS("text", r->error));
    return result;
}

static void start_waiting(struct http *http);

static void finish_all(struct http *http)
{
    int left = 0;
    for (CURLMsg *m = curl_multi_info_read(http->multi, &left); m;
         m = curl_multi_info_read(http->multi, &left)) {
        struct request *r = NULL;
        CURLcode code = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &r);
        unlink_request(http, r);
        struct http_result result = result_of(r, code);
        if (!r->forgotten)
            r->done(r->arg, &result);
        request_free(r);
    }
    start_waiting(http);
}

static void start_one(struct http *http, struct request *r)
{
    r->running = true;
    http->running++;
    http->ordinary_running += !r->urgent;
    curl_multi_add_handle(http->multi, r->easy);
}

static bool may_start(const struct http *http, bool urgent)
{
    return http->running < LIMIT_HTTP_IN_FLIGHT &&
           (urgent ||
            http->ordinary_running < LIMIT_HTTP_IN_FLIGHT - (size_t)LIMIT_HTTP_IN_FLIGHT_RESERVED);
}

static void start_waiting(struct http *http)
{
    for (int urgent = 1; urgent >= 0; urgent--)
        for (struct request *r = http->requests; r && may_start(http, urgent); r = r->next)
            if (!r->running && r->urgent == (bool)urgent)
                start_one(http, r);
}

static void on_start(void *arg)
{
    struct http *http = arg;
    start_waiting(http);
}

/* ---- the guest's sockets and timer ---- */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    (void)easy;
    struct http *http = arg;
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(http->epoll_fd, EPOLL_CTL_DEL, fd,
                        NULL); /* libcurl may have closed it before */
        return 0;
    }
    struct epoll_event event = { .data.fd = fd };
    event.events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0u) |
                   (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0u);
    if (epoll_ctl(http->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) != 0)
        (void)epoll_ctl(http->epoll_fd, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
    curl_multi_assign(http->multi, fd, http);
    return 0;
}

static int on_timer_wanted(CURLM *multi, long after_ms, void *arg)
{
    (void)multi;
    struct http *http = arg;
    if (after_ms < 0)
        loop_timer_cancel(&http->timer);
    else
        loop_timer_set(http->loop, &http->timer, after_ms);
    return 0;
}

static void on_time(void *arg)
{
    struct http *http = arg;
    int running;
    curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_all(http);
}

static void on_ready(void *arg)
{
    struct http *http = arg;
    struct epoll_event events[READY_BATCH];
    int running, n = epoll_wait(http->epoll_fd, events, READY_BATCH, 0);
    for (int i = 0; i < n; i++) {
        /* Never a lone error bit: libcurl would take it for a failed send. 0 means: look
           yourself. */
        int what = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
        curl_multi_socket_action(http->multi, events[i].data.fd, what, &running);
    }
    finish_all(http);
}

/* ---- the room ---- */

struct http *http_new(struct loop *loop, struct err *err)
{
    struct http *http = xcalloc(1, sizeof *http);
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, xmalloc, free, xrealloc, xstrdup, xcalloc) !=
            CURLE_OK ||
        !(http->multi = curl_multi_init())) {
        free(http);
        err_set(err, "libcurl could not be set up");
        return NULL;
    }
    http->loop = loop;
    http->timer = (struct loop_timer){ .fired = on_time, .arg = http };
    http->starter = (struct loop_timer){ .fired = on_start, .arg = http };
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, 6L);
    http->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (http->epoll_fd < 0)
        err_set(err, "%s", strerror(errno));
    else if (loop_watch(loop, http->epoll_fd, on_ready, http, err))
        return http;
    err_wrap(err, "HTTP client");
    http_free(http);
    return NULL;
}

void http_free(struct http *http)
{
    if (!http)
        return;
    while (http->requests) {
        struct request *r = http->requests;
        unlink_request(http, r);
        request_free(r);
    }
    curl_multi_cleanup(http->multi);
    loop_timer_cancel(&http->timer);
    loop_timer_cancel(&http->starter);
    free(http); /* the loop closes the epoll descriptor */
}

static void enqueue(struct http *http, struct request *r)
{
    struct request **at = &http->requests;
    set_age(http, r->easy);
    while (*at)
        at = &(*at)->next;
    *at = r;
    http->count++;
    http->ordinary += !r->urgent;
    loop_timer_set(http->loop, &http->starter, 0);
}

bool http_send(struct http *http, const struct http_request *wanted, struct err *err)
{
    struct address address;
    if (!address_read_beside(wanted->url, wanted->plain_hosts, &address, err))
        return false;
    if (http->count >= LIMIT_HTTP_QUEUE ||
        (!wanted->urgent && http->ordinary >= LIMIT_HTTP_QUEUE - (size_t)LIMIT_HTTP_QUEUE_RESERVED))
        return err_set(err, "too many requests are waiting");
    struct request *r = request_new(http, wanted, err);
    if (!r)
        return false;
    enqueue(http, r);
    return true;
}

bool http_probe(struct http *http, const struct http_request *probe, struct err *err)
{
    struct address address;
    char host[300], plain[320];
    if (!address_read(probe->url, &address, err))
        return false;
    /* TCP only: the name is looked up in libcurl's resolver thread, so that the loop never waits
       for it. */
    address.usual_port = 0;
    address_host(&address, host, sizeof host);
    snprintf(plain, sizeof plain, "http://%s/", host);
    struct http_request wanted = { .method = "GET",
                                   .url = plain,
                                   .timeout_ms = probe->timeout_ms,
                                   .urgent = true,
                                   .done = probe->done,
                                   .arg = probe->arg };
    struct request *r = request_new(http, &wanted, err);
    if (!r)
        return false;
    curl_easy_setopt(r->easy, CURLOPT_CONNECT_ONLY, 1L);
    enqueue(http, r);
    return true;
}

void http_forget(struct http *http, const void *arg)
{
    for (struct request *r = http->requests; r; r = r->next)
        if (r->arg == arg)
            r->forgotten = true;
}

void http_renew(struct http *http) { http->renewed_ms = clock_monotonic_ms(); }
