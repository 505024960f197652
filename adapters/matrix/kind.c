/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/matrix/kind.h"
#include "adapters/matrix/matrix.h"
#include "adapters/matrix/settings.h"

/* The token's file may hold a pair that is renewed and written back: the adapter reads it. */
static struct adapter *make(struct adapter_world *w, struct err *err)
{
    const struct matrix_settings *s = w->settings;
    secret_free(w->secrets[0]);
    return matrix_new(w->loop, w->http, w->inbox,
                      &(struct matrix_options){
                          .homeserver = s->homeserver,
                          .token_file = w->renders_only ? NULL : s->access_token_file,
                          .user = s->user,
                          .room = s->room,
                          .prefix = s->prefix,
                          .ca_file = s->ca_file,
                          .people = w->people,
                          .policy = w->policy,
                          .salt = w->salt,
                          .cursor = w->cursor,
                          .kept = w->kept,
                          .keep = w->keep,
                          .keep_arg = w->keep_arg,
                          .look_only = w->look_only,
                          .borrowed = w->borrowed,
                          .witness = w->deaf,
                          .rate_limited = s->rate_limited },
                      err);
}

/* Alarms that go to people alone would not arrive, while the room itself is well. */
static void trouble(const struct adapter *adapter, struct buf *to)
{
    const char *why = matrix_directs_problem(adapter);
    if (why)
        buf_addf(to,
                 "matrix: people cannot be written to alone, the homeserver makes no room for "
                 "it: %s",
                 why);
}

static void counters(const struct adapter *adapter,
                     void (*counter)(void *arg, const char *name, const char *help, uint64_t value),
                     void *arg)
{
    uint64_t cleaned, left_out;
    matrix_counts(adapter, &cleaned, &left_out);
    counter(arg, "matrix_answers_cleaned_total",
            "Answers of the homeserver that no JSON parser takes and that were cleaned.", cleaned);
    counter(arg, "matrix_events_left_out_total",
            "Events of the room that could not be read at all.", left_out);
}

static const struct adapter_remedy remedies[] = {
    { "invited to the room", "room", "" },
    { "renewed by the reguard", "access_token_file", "look again while one runs" },
    { "token", "access_token_file", "log the account in anew and put its token there" },
    { "in the room", "room", "" },
    { "encrypted", "room", "" },
    { "upgraded", "room", "" },
    { "closed", "room", "" },
    { "", "homeserver", "compare homeserver, user and ca_file" },
};

const struct adapter_kind matrix_kind = {
    .role = ADAPTER_CHAT,
    .venue = &matrix_venue,
    .section = &matrix_section,
    .make = make,
    .use = matrix_set_rules,
    .is_id = matrix_is_user_id,
    .id_advice = "user's id: write it whole, like @ada:example.com",
    .id_example = "@…",
    .secret_fits = matrix_token_fits,
    .secret_is_renewed = matrix_token_is_pair,
    .secret_is_of_witness = matrix_token_is_of_witness,
    .checks = { .remedies = remedies,
                .connected = "the access token works and the room can be served",
                .late_key = "homeserver",
                .late = "no answer of the homeserver in time (homeserver, network, ca_file?)",
                .member = "in the room",
                .stranger = "give an id of your own server" },
    .describe = matrix_describe,
    .trouble = trouble,
    .counters = counters,
};
