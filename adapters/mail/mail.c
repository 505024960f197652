/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/mail/mail.h"
#include "core/xalloc.h"
#include "core/limits.h"
#include "net/address.h"
#include "host/clock.h"
#include "host/log.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

static const long SEND_TIMEOUT_MS = 30000;
enum { STOP_SECONDS = 2 };

struct letter {
    uint64_t effect_id;
    char to[LIMIT_EMAIL_BYTES];
    struct buf text;
    size_t sent;
};

struct mail {
    struct adapter adapter;
    struct inbox *inbox;
    char smtp_url[512], from[LIMIT_EMAIL_BYTES], username[256];
    struct secret *password, *next_password; /* the thread reads the first one */
    bool has_next_password;
    struct letter *queue[LIMIT_MAILS];
    size_t count;
    bool busy;
    atomic_bool stopping; /* read by the thread */
    pthread_t thread;
    int done_pipe[2]; /* the thread writes its CURLcode when it has finished */
};

/* ---- composing ---- */

/* A plain address: one @, no blank, control, quote or angle bracket. Anything unusual is refused
   rather than quoted. */
bool mail_address_allowed(const char *address)
{
    size_t
        bytes = strlen(address),
        plain = strspn(
            address,
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+/=?^_`{|}~-@");
    const char *at = strchr(address, '@');
    return bytes == plain && bytes <= 254 && at && at != address && at[1] && !strchr(at + 1, '@') &&
           address[0] != '-';
}

static bool is_header_text(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7E)
            return false;
    return true;
}

static void add_date(struct buf *b, ms_t now_ms)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm tm = { 0 };
    gmtime_r(&seconds, &tm);
    buf_addf(b, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday % 7], tm.tm_mday,
             months[tm.tm_mon % 12], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

bool mail_compose(const char *from, const struct effect_mail *m, ms_t now_ms, struct buf *out,
                  struct err *err)
{
    uint64_t id[2];
    if (!mail_address_allowed(from))
        return err_set(err, "the sender's address is not one that mail can come from");
    if (!mail_address_allowed(m->to))
        return err_set(err, "the root mailbox's address is not one that mail can be sent to");
    if (!is_header_text(m->subject))
        return err_set(err, "the subject holds characters that a header cannot");
    clock_random(id, sizeof id);
    buf_addf(out, "From: reguard <%s>\r\nTo: <%s>\r\nSubject: %s\r\n", from, m->to, m->subject);
    add_date(out, now_ms);
    buf_addf(out, "Message-ID: <%016" PRIx64 "%016" PRIx64 "@%s>\r\n", id[0], id[1],
             strchr(from, '@') + 1);
    buf_add(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; "
                 "charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\nAuto-Submitted: "
                 "auto-generated\r\n\r\n");
    for (const char *p = m->text; *p; p++)
        if (*p == '\n')
            buf_add(out, "\r\n");
        else if (*p != '\r')
            buf_add_char(out, *p);
    return !out->overflow || err_set(err, "the mail is too long");
}

/* ---- sending, in the thread ---- */

static size_t give(char *to, size_t size, size_t count, void *arg)
{
    struct letter *letter = arg;
    size_t left = letter->text.bytes - letter->sent,
           bytes = size * count < left ? size * count : left;
    memcpy(to, letter->text.text + letter->sent, bytes);
    letter->sent += bytes;
    return bytes;
}

static bool is_loopback(const char *url)
{
    struct address address;
    return address_read_mail(url, &address, NULL) && address.loopback;
}

/* libcurl asks about once a second, also while it waits for the server. */
static int give_up_when_stopping(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return atomic_load(&((struct mail *)arg)->stopping);
}

static CURL *connection_to_server(struct mail *mail)
{
    CURL *c = curl_easy_init();
    if (!c)
        return NULL;
    curl_easy_setopt(c, CURLOPT_URL, mail->smtp_url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L); /* a look-up that hangs is not waited for */
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, SEND_TIMEOUT_MS);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, give_up_when_stopping);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, mail);
    curl_easy_setopt(c, CURLOPT_USE_SSL,
                     is_loopback(mail->smtp_url) ? (long)CURLUSESSL_TRY : (long)CURLUSESSL_ALL);
    if (mail->username[0]) {
        curl_easy_setopt(c, CURLOPT_USERNAME, mail->username);
        curl_easy_setopt(c, CURLOPT_PASSWORD, mail->password ? secret_reveal(mail->password) : "");
    }
    return c;
}

static CURLcode send_letter(struct mail *mail, struct letter *letter)
{
    CURL *c = connection_to_server(mail);
    struct curl_slist *to = curl_slist_append(NULL, letter->to);
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (c && to) {
        curl_easy_setopt(c, CURLOPT_MAIL_FROM, mail->from);
        curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
        curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
        curl_easy_setopt(c, CURLOPT_READDATA, letter);
        code = curl_easy_perform(c);
    }
    curl_slist_free_all(to);
    curl_easy_cleanup(c);
    return code;
}

static size_t swallow(char *bytes, size_t size, size_t count, void *arg)
{
    (void)bytes, (void)arg;
    return size * count;
}

bool mail_probe(struct adapter *adapter, struct err *err)
{
    CURL *c = connection_to_server((struct mail *)adapter);
    if (!c)
        return err_set(err, "out of memory");
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, "NOOP");
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, swallow);
    CURLcode code = curl_easy_perform(c);
    curl_easy_cleanup(c);
    return code == CURLE_OK || err_set(err, "the mail server does not answer as it should: %s",
                                       curl_easy_strerror(code));
}

static void *work(void *arg)
{
    struct mail *mail = arg;
    int code = (int)send_letter(mail, mail->queue[0]);
    while (write(mail->done_pipe[1], &code, sizeof code) < 0 && errno == EINTR)
        ;
    return NULL;
}

/* ---- the loop's side ---- */

static void letter_free(struct letter *letter)
{
    secret_wipe(letter->text.text, letter->text.bytes);
    buf_done(&letter->text);
    free(letter);
}

static void put_outcome(struct mail *mail, uint64_t effect_id, const char *error)
{
    struct event *e = inbox_new(mail->inbox, error ? EVENT_MAIL_FAILED : EVENT_MAIL_SENT, "mail");
    e->effect_id = effect_id;
    e->error = arena_copy(inbox_arena(mail->inbox), error);
    inbox_put(mail->inbox, e);
}

/* Not while the thread reads it. */
static void take_password(struct mail *mail)
{
    if (!mail->has_next_password || mail->busy)
        return;
    mail->has_next_password = false;
    secret_replace(&mail->password, mail->next_password);
    mail->next_password = NULL;
}

static void start_next(struct mail *mail)
{
    take_password(mail);
    while (!mail->busy && mail->count > 0) {
        if (pthread_create(&mail->thread, NULL, work, mail) == 0) {
            mail->busy = true;
            return;
        }
        put_outcome(mail, mail->queue[0]->effect_id, "no thread could be started");
        letter_free(mail->queue[0]);
        memmove(mail->queue, mail->queue + 1, --mail->count * sizeof *mail->queue);
    }
}

static void on_done(void *arg)
{
    struct mail *mail = arg;
    int code;
    if (read(mail->done_pipe[0], &code, sizeof code) != (ssize_t)sizeof code)
        return;
    pthread_join(mail->thread, NULL);
    mail->busy = false;
    struct letter *letter = mail->queue[0];
    memmove(mail->queue, mail->queue + 1, --mail->count * sizeof *mail->queue);
    LOG(code ? LOG_WARN : LOG_INFO, "mail.sent", LI("code", code),
        LS("outcome", code ? curl_easy_strerror((CURLcode)code) : "accepted by the server"));
    put_outcome(mail, letter->effect_id, code ? curl_easy_strerror((CURLcode)code) : NULL);
    letter_free(letter);
    start_next(mail);
}

static bool mail_start(struct adapter *adapter, struct err *err)
{
    (void)adapter, (void)err;
    return true;
}

static bool mail_perform(struct adapter *adapter, const struct effect *effect, struct err *err)
{
    struct mail *mail = (struct mail *)adapter;
    if (effect->kind != EFFECT_MAIL)
        return err_set(err, "mail cannot do “%s”", effect_names[effect->kind]);
    if (mail->count == LIMIT_MAILS)
        return err_set(err, "too many mails are waiting");
    struct letter *letter = xcalloc(1, sizeof *letter);
    buf_init(&letter->text, LIMIT_MESSAGE_BYTES);
    if (!mail_compose(mail->from, &effect->mail, clock_wall_ms(), &letter->text, err)) {
        letter_free(letter);
        return false;
    }
    letter->effect_id = effect->id;
    STR_SET(letter->to, effect->mail.to);
    mail->queue[mail->count++] = letter;
    start_next(mail);
    return true;
}

static void mail_acknowledge(struct adapter *adapter, const struct event *event)
{
    (void)adapter, (void)event;
}

static bool mail_render(const struct adapter *adapter, const struct message *message,
                        struct buf *out, struct err *err)
{
    (void)adapter, (void)message, (void)out;
    return err_set(err, "mail is no chat");
}

static void mail_renew(struct adapter *adapter, struct adapter_credentials *c)
{
    struct mail *mail = (struct mail *)adapter;
    const struct secret *fresh = c->secrets[0];
    c->is_new[0] = !fresh != !mail->password ||
                   (fresh && !secret_equal(mail->password, secret_reveal(fresh)));
    secret_free(mail->next_password);
    mail->next_password = c->secrets[0];
    mail->has_next_password = true;
    take_password(mail);
}

static void mail_stop(struct adapter *adapter)
{
    struct mail *mail = (struct mail *)adapter;
    struct timespec end;
    atomic_store(&mail->stopping, true);
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += STOP_SECONDS;
    if (mail->busy && pthread_timedjoin_np(mail->thread, NULL, &end) != 0)
        return; /* the thread hangs in a name look-up and still uses all of this; the process ends
                   now anyway */
    while (mail->count > 0)
        letter_free(mail->queue[--mail->count]);
    close(mail->done_pipe[1]);
    secret_free(mail->password);
    secret_free(mail->next_password);
    free(mail);
}

struct adapter *mail_new(struct loop *loop, struct inbox *inbox, const struct mail_options *o,
                         struct err *err)
{
    static const struct adapter_ops ops = { "mail",       ADAPTER_MAIL,     mail_start,
                                            mail_perform, mail_acknowledge, mail_render,
                                            mail_renew,   .stop = mail_stop };
    if (!mail_address_allowed(o->from) || (strncasecmp(o->smtp_url, "smtps://", 8) != 0 &&
                                           strncasecmp(o->smtp_url, "smtp://", 7) != 0)) {
        secret_free(o->password);
        err_set(err, "[mail] needs smtps:// or smtp:// as smtp_url and a plain address as from");
        return NULL;
    }
    struct mail *mail = xcalloc(1, sizeof *mail);
    if (pipe(mail->done_pipe) != 0) {
        free(mail);
        secret_free(o->password);
        err_set(err, "mail could not be set up");
        return NULL;
    }
    mail->adapter.ops = &ops;
    mail->inbox = inbox;
    mail->password = o->password;
    STR_SET(mail->smtp_url, o->smtp_url);
    STR_SET(mail->from, o->from);
    STR_SET(mail->username, o->username);
    if (loop_watch(loop, mail->done_pipe[0], on_done, mail, err))
        return &mail->adapter;
    mail_stop(&mail->adapter);
    return NULL;
}
