/* SPDX-License-Identifier: Apache-2.0 */
/* `reguard store`: where the records are, and from a file to shared ones and back. */
#include "cli/bot.h"
#include "cli/print.h"
#include "host/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- store copy ---- */

static bool is_url(const char *where) { return strstr(where, "://") != NULL; }

static void tell_progress(void *arg, uint64_t done, uint64_t all)
{
    (void)arg;
    print_out("%" PRIu64 " of %" PRIu64 " records\n", done, all);
}

static bool copy(struct shared *shared, const char *from, const char *to, struct err *err)
{
    struct store_copied copied;
    bool there = is_url(to);
    if (!(there ? store_copy_to_shared(from, shared, tell_progress, NULL, &copied, err)
                : store_copy_from_shared(shared, to, &copied, err)))
        return false;
    print_out("%" PRIu64 " records%s, head %s: verified on both sides\n", copied.records,
              copied.before ? ", which had been copied before" : "", copied.head);
    print_out(there ? "They go on in the database: name it with url in [store]. %s is a copy of it "
                      "from now on, and is not gone on from alone.\n"
                    : "They go on in %s: leave url in [store] out. Nobody leads on the database "
                      "any more.\n",
              there ? from : to);
    return true;
}

static int say_wrong_places(void)
{
    print_problem("reguard: one of the two has to be a state folder, and the other one a database "
                  "like postgresql://user@host/database\n");
    return EXIT_BAD_USAGE;
}

int cli_store_copy(const char *config_file, const char *from, const char *to)
{
    struct err err = { "" };
    char host[64] = "", name[SHARED_NAME_BYTES];
    const char *url = is_url(from) ? from : to;
    if (is_url(from) == is_url(to))
        return say_wrong_places();
    if (!store_url_is_fine(url, &err)) {
        print_problem("reguard: the URL: %s\n", err.text);
        return EXIT_BAD_USAGE;
    }
    struct config *config = bot_config(config_file);
    if (!config)
        return EXIT_BAD_CONFIG;
    gethostname(host, sizeof host - 1);
    snprintf(name, sizeof name, "`reguard store copy` on %s", host);
    struct shared *shared = shared_open_to_copy(url, config->store.password_file, name, &err);
    bool done = shared && copy(shared, from, to, &err);
    if (!done)
        print_problem("reguard: not copied: %s\n", err.text);
    shared_close(shared);
    free(config);
    return !done;
}

/* ---- store status ---- */

struct standing {
    struct shared_standing shared;
    uint64_t own; /* records of the file: ours, or the copy of what is shared */
    char own_head[STORE_HASH_BYTES];
    bool shares, copy, readable;
    struct err why;
};

static void read_file(const struct config *config, struct standing *s)
{
    struct err err = { "" };
    struct store *store = store_open_to_glance(config->bot.state_dir, &err);
    if (store) {
        s->own = store_head(store, s->own_head);
        s->copy = store_is_copy(store);
    } else if (!s->shares) {
        s->why = err;
    }
    s->readable &= store || s->shares; /* a copy is made when somebody leads */
    store_close(store);
}

static void read_standing(const struct config *config, struct standing *s)
{
    *s = (struct standing){ .shares = config->store.url[0] != '\0', .readable = true };
    if (s->shares)
        s->readable = shared_read_standing(config->store.url, config->store.password_file,
                                           &s->shared, &s->why);
    read_file(config, s);
}

static const char *why_nobody_may(const struct shared_standing *s)
{
    return !s->tables                      ? "the first reguard that runs makes the tables"
           : str_equal(s->mark, "filling") ? "records are being copied there, or were half copied"
           : str_equal(s->mark, "moved")   ? "the records were moved into a file"
           : !s->takes_writes              ? "the server takes no writes"
                                           : "";
}

static void print_replicas(const struct shared_standing *s)
{
    for (size_t i = 0; i < s->replica_count; i++) {
        const struct shared_replica *r = &s->replicas[i];
        if (!r->state[0])
            print_out("replica: %s; its state is for pg_monitor\n", r->name);
        else
            print_out("replica: %s %s, %s, %" PRId64 " bytes behind\n", r->name, r->state, r->sync,
                      r->behind_bytes);
    }
    if (!s->replica_count && s->takes_writes)
        print_out("replica: none is connected to this server\n");
}

static void print_shared(const struct config *config, const struct standing *all)
{
    const struct shared_standing *s = &all->shared;
    struct err durability = { "" };
    const char *why = why_nobody_may(s);
    if (s->leads)
        print_out("%s leads since %s (epoch %" PRId64 ", its lease ends in %" PRId64 " s)\n",
                  s->holder, s->since, s->epoch, s->lease_left_ms / 1000);
    else
        print_out("nobody leads%s%s\n", why[0] ? ": " : "", why);
    print_out("records: %" PRIu64 ", shared, head %s\n", s->records, s->head[0] ? s->head : "-");
    print_out("copy in %s: %" PRIu64 " of them\n", config->bot.state_dir, all->own);
    shared_is_durable(s, &durability);
    print_lines(durability.text);
    print_out("\n");
    print_replicas(s);
}

static void print_plain(const struct config *config, const struct standing *s)
{
    if (!s->readable)
        print_problem("reguard: %s\n", s->why.text);
    else if (s->shares)
        print_shared(config, s);
    else
        print_out("records: %" PRIu64 ", in %s/reguard.db%s, head %s\n", s->own,
                  config->bot.state_dir,
                  s->copy ? ", a copy of shared ones: name them with url in [store]" : "",
                  s->own_head);
}

static void add_quoted(struct buf *b, const char *name, const char *text)
{
    buf_addf(b, ",\"%s\":", name);
    json_add_quoted(b, text);
}

static void add_shared(struct buf *b, const struct shared_standing *s)
{
    struct err durability = { "" };
    bool durable = shared_is_durable(s, &durability);
    buf_addf(b, ",\"epoch\":%" PRId64 ",\"leads\":%s", s->epoch, s->leads ? "true" : "false");
    add_quoted(b, "leader", s->leads ? s->holder : "");
    add_quoted(b, "since", s->leads ? s->since : "");
    add_quoted(b, "why", s->leads ? "" : why_nobody_may(s));
    buf_addf(b, ",\"takes_writes\":%s,\"durable\":%s", s->takes_writes ? "true" : "false",
             durable ? "true" : "false");
    add_quoted(b, "durability", durability.text);
    buf_add(b, ",\"replicas\":[");
    for (size_t i = 0; i < s->replica_count; i++) {
        const struct shared_replica *r = &s->replicas[i];
        buf_addf(b, "%s{\"behind_bytes\":%" PRId64, i ? "," : "", r->behind_bytes);
        add_quoted(b, "name", r->name);
        add_quoted(b, "state", r->state);
        add_quoted(b, "sync", r->sync);
        buf_add_char(b, '}');
    }
    buf_add_char(b, ']');
}

static void print_as_json(const struct standing *s)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 64 * 1024);
    buf_addf(&b, "{\"shared\":%s,\"records\":%" PRIu64, s->shares ? "true" : "false",
             s->shares ? s->shared.records : s->own);
    add_quoted(&b, "head", s->shares ? s->shared.head : s->own_head);
    add_quoted(&b, "error", s->why.text);
    if (s->shares && s->readable)
        add_shared(&b, &s->shared);
    buf_add_char(&b, '}');
    print_json(buf_text(&b));
}

int cli_store_status(const char *config_file, bool json)
{
    struct standing s;
    struct config *config = bot_config(config_file);
    if (!config)
        return EXIT_BAD_CONFIG;
    read_standing(config, &s);
    if (json)
        print_as_json(&s);
    else
        print_plain(config, &s);
    bool fine = s.readable && (s.shares ? s.shared.leads : !s.copy);
    free(config);
    return !fine;
}
