/* SPDX-License-Identifier: Apache-2.0 */
/* The least that a bot over Socket Mode can be: it receives an envelope, writes a record of it to a
   file, and acknowledges it. What has come in one round of the loop shares one fdatasync. It
   decides nothing, answers nobody and reads no JSON: what the others cost is told beside it.
   usage: floor JOURNAL [late]     in the environment: PEER_TLS, PEER_CA, PEER_APP_TOKEN
   late: acknowledges first and writes at its end, so that a test can see that such a loss is
   told. */
#include <curl/curl.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FRAME_MOST = 65536,
    ANSWER_MOST = 4096,
    ID_MOST = 100,
    TOGETHER = 1024, /* envelopes of one round */
    ROUND_MS = 1000,
    AT_ONCE = -1 /* to lws_service: without waiting */
};

struct floor {
    int journal;
    bool late, over;
    struct lws *socket;
    char frame[FRAME_MOST];
    size_t frame_bytes;
    char ids[TOGETHER][ID_MOST];            /* of the envelopes to be acknowledged */
    size_t id_count, acknowledged, written; /* written: may be acknowledged */
    char records[TOGETHER * ID_MOST + 1];   /* not written yet */
    size_t record_bytes;
};

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
    (void)number;
    ended = 1;
}

/* ---- the record ---- */

static bool write_down(struct floor *f)
{
    if (f->record_bytes == 0)
        return true;
    bool ok = write(f->journal, f->records, f->record_bytes) == (ssize_t)f->record_bytes &&
              fdatasync(f->journal) == 0;
    f->record_bytes = 0;
    return ok;
}

/* The text behind a key; false when there is none, or when it is too long for an id. */
static bool value_of(const char *json, const char *key, char ret[ID_MOST])
{
    const char *at = strstr(json, key), *end = at ? strchr(at + strlen(key), '"') : NULL;
    size_t bytes = end ? (size_t)(end - at) - strlen(key) : 0;
    if (bytes == 0 || bytes >= ID_MOST)
        return false;
    memcpy(ret, at + strlen(key), bytes);
    ret[bytes] = '\0';
    return true;
}

static bool take(struct floor *f)
{
    char trigger[ID_MOST];
    if (!value_of(f->frame, "\"envelope_id\":\"", f->ids[f->id_count]))
        return true; /* hello, disconnect */
    if (!value_of(f->frame, "\"trigger_id\":\"", trigger))
        return false;
    /* As many as there are ids; late, those behind find no room any more. */
    if (f->record_bytes + ID_MOST < sizeof f->records)
        f->record_bytes += (size_t)snprintf(f->records + f->record_bytes, ID_MOST + 1, "%s\n",
                                            trigger);
    f->id_count++;
    return true;
}

/* ---- the socket ---- */

static bool received(struct floor *f, const char *bytes, size_t count, bool whole)
{
    if (f->frame_bytes + count >= FRAME_MOST)
        return false;
    memcpy(f->frame + f->frame_bytes, bytes, count);
    f->frame_bytes += count;
    if (!whole)
        return true;
    f->frame[f->frame_bytes] = '\0';
    f->frame_bytes = 0;
    return f->id_count < TOGETHER && take(f);
}

static bool send_one(struct floor *f)
{
    char buffer[LWS_PRE + ID_MOST + 32];
    int bytes = snprintf(buffer + LWS_PRE, sizeof buffer - LWS_PRE, "{\"envelope_id\":\"%s\"}",
                         f->ids[f->acknowledged++]);
    return lws_write(f->socket, (unsigned char *)buffer + LWS_PRE, (size_t)bytes, LWS_WRITE_TEXT) ==
           bytes;
}

/* All whose records are written; a further round has the others written and acknowledged. */
static bool acknowledge(struct floor *f)
{
    bool fine = true;
    if (f->acknowledged == f->written && !f->late)
        fine = write_down(f);
    if (f->acknowledged == f->written)
        f->written = f->id_count;
    while (fine && f->acknowledged < f->written && !lws_send_pipe_choked(f->socket))
        fine = send_one(f);
    if (f->acknowledged == f->id_count)
        f->acknowledged = f->written = f->id_count = 0;
    else
        lws_callback_on_writable(f->socket);
    return fine;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t count)
{
    struct floor *f = lws_context_user(lws_get_context(wsi));
    bool fine = true;
    (void)user;
    switch ((int)reason) {
    case LWS_CALLBACK_CLIENT_RECEIVE:
        fine = received(f, in, count,
                        lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0);
        break;
    case LWS_CALLBACK_CLIENT_WRITEABLE: fine = acknowledge(f); break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_CLOSED: f->over = true; break;
    default: break;
    }
    return fine ? 0 : -1;
}

/* ---- the beginning ---- */

struct answer {
    char text[ANSWER_MOST];
    size_t bytes;
};

static size_t keep(char *data, size_t size, size_t count, void *to)
{
    struct answer *a = to;
    size_t bytes = size * count;
    if (a->bytes + bytes >= sizeof a->text)
        return 0;
    memcpy(a->text + a->bytes, data, bytes);
    a->bytes += bytes;
    a->text[a->bytes] = '\0';
    return bytes;
}

static bool ask_for_socket(const char *base, const char *ca, const char *token, struct answer *ret)
{
    char url[256], header[256];
    snprintf(url, sizeof url, "%s/api/apps.connections.open", base);
    snprintf(header, sizeof header, "Authorization: Bearer %s", token);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, header);
    bool ok = curl && headers && !curl_easy_setopt(curl, CURLOPT_URL, url) &&
              !curl_easy_setopt(curl, CURLOPT_CAINFO, ca) &&
              !curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) &&
              !curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, "") &&
              !curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep) &&
              !curl_easy_setopt(curl, CURLOPT_WRITEDATA, ret) && !curl_easy_perform(curl);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return ok;
}

/* "wss:\/\/host:port/path", whichever slashes are escaped. */
static bool connect_to(struct floor *f, struct lws_context *context, char *answer)
{
    char *url = strstr(answer, "\"url\":\""), *to = url ? url + 7 : NULL;
    for (char *from = to; from && *from; from++)
        if (*from != '\\')
            *to++ = *from;
    if (to)
        *to = '\0';
    char *host = url ? strstr(url, "wss://") : NULL, *end = host ? strchr(host, '"') : NULL,
         *port = host ? strchr(host + 6, ':') : NULL, *path = port ? strchr(port, '/') : NULL;
    if (!end || !path)
        return false;
    *end = *port = '\0';
    char at[ANSWER_MOST];
    snprintf(at, sizeof at, "%s", path);
    const struct lws_client_connect_info info = { .context = context,
                                                  .address = host + 6,
                                                  .host = host + 6,
                                                  .origin = host + 6,
                                                  .port = (int)strtol(port + 1, NULL, 10),
                                                  .path = at,
                                                  .ssl_connection = LCCSCF_USE_SSL,
                                                  .pwsi = &f->socket };
    return lws_client_connect_via_info(&info) != NULL;
}

static int run(struct floor *f, const char *ca, struct answer *answer)
{
    static const struct lws_protocols protocols[] = {
        { "floor", on_event, 0, FRAME_MOST, 0, NULL, 0 }, { NULL, NULL, 0, 0, 0, NULL, 0 }
    };
    const struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .client_ssl_ca_filepath = ca,
        .user = f,
    };
    lws_set_log_level(LLL_ERR, NULL);
    struct lws_context *context = lws_create_context(&info);
    bool fine = context && connect_to(f, context, answer->text);
    while (fine && !f->over && !ended) {
        size_t before = f->id_count;
        fine = lws_service(context, before ? AT_ONCE : ROUND_MS) >= 0;
        /* Nothing more has come meanwhile: what there is shares one write. */
        if (before && f->id_count == before)
            lws_callback_on_writable(f->socket);
    }
    if (context)
        lws_context_destroy(context);
    return fine && write_down(f) ? 0 : 1;
}

int main(int count, char **arguments)
{
    static struct floor floor;
    static struct answer answer;
    const char *base = getenv("PEER_TLS"), *ca = getenv("PEER_CA"),
               *token = getenv("PEER_APP_TOKEN");
    if (count < 2 || !base || !ca || !token) {
        fputs("usage: floor JOURNAL [late]\n", stderr);
        return 64;
    }
    floor.late = count > 2 && strcmp(arguments[2], "late") == 0;
    floor.journal = open(arguments[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    signal(SIGTERM, on_signal);
    printf("libwebsockets %s\n", lws_get_library_version());
    fflush(stdout);
    if (floor.journal < 0 || !ask_for_socket(base, ca, token, &answer))
        return 1;
    return run(&floor, ca, &answer);
}
