/* SPDX-License-Identifier: Apache-2.0 */
/* An adapter as a row of the one table in bot/cli/kinds.c: whatever another part of reguard must
   know of it before it runs, and beside its verbs. Nobody else names an adapter. */
#ifndef REGUARD_KIND_H
#define REGUARD_KIND_H

#include "core/person.h"
#include "core/policy.h"
#include "core/provider.h"
#include "core/venue.h"
#include "port/adapter.h"
#include "port/inbox.h"
#include "port/setting.h"

struct loop;
struct http;
struct root_source;

/* What `reguard manifest NAME` prints. */
struct adapter_manifest {
    const char *name, *text;
};

/* What one is made with. Everything is lent but the secrets. */
struct adapter_world {
    struct loop *loop;
    struct http *http;
    struct inbox *inbox;
    const void *settings; /* the section's own struct */
    const struct policy *policy;
    const struct people *people;
    struct secret *secrets[ADAPTER_SECRETS]; /* taken over, also when nothing is made of them */
    const char *cursor;                      /* the mark that was put last; NULL: none */
    const char *salt;                        /* of this store, unlike any other's */
    const char *kept; /* what it has kept last, below; NULL: nothing, or it keeps it itself */
    /* Kept in the records, before it counts, so that another instance goes on from it; outside of
       turns only. NULL: it keeps things itself, in its files. */
    bool (*keep)(void *arg, const char *text, struct err *);
    void *keep_arg;
    bool renders_only; /* it is never started, and there are no secrets */
    bool look_only;    /* it posts nothing and changes nothing by itself */
    bool borrowed;     /* its secrets are those of a process that serves it: none is renewed, which
                          would end that one's */
    bool deaf; /* it hears nobody: up as soon as its place can be served; no socket is opened */
};

/* Which setting a failure speaks of, and what to do about it: the first row whose words stand in
   it. The last row's words are "". */
struct adapter_remedy {
    const char *words, *key, *next;
};

/* What `check` says of it. */
struct adapter_checks {
    const struct adapter_remedy *remedies;
    const char *connected;           /* when it is */
    const char *late_key, *late;     /* when it is not in time; key NULL: of no setting */
    const char *partly_key, *partly; /* connected, and something is missing */
    const char *member, *stranger;   /* of a person: well; of another place, and what to do */
    const char *clock;               /* whose clock `ahead_ms` tells */
};

/* NULL: it has none of that. */
struct adapter_kind {
    enum adapter_role role;
    const struct venue *venue;       /* its names for people; venue->name is the section's */
    const struct provider *provider; /* a provider: what the core must know of it */
    const struct setting_section *section;
    struct adapter *(*make)(struct adapter_world *, struct err *);
    bool runs; /* a watcher: the daemon makes and starts it, too */
    /* New ones after a reload; lent. */
    void (*use)(struct adapter *, const struct people *, const struct policy *);
    /* A chat: is that a person's id there? What is wrong otherwise, and how one begins. */
    bool (*is_id)(const char *id);
    const char *id_advice, *id_example;
    /* A chat: what is wrong with [policy] escalate there; NULL for nothing. */
    const char *(*escalate_advice)(const char *);
    bool (*secret_fits)(const struct secret *, const char *file, struct err *);
    /* It is one that is renewed by itself, so that no two processes may have it. */
    bool (*secret_is_renewed)(const struct secret *);
    bool (*secret_is_of_witness)(const struct secret *); /* such a one: it is the witness's own */
    struct adapter_checks checks;
    /* Connects and signs in without doing anything, and waits for that. */
    bool (*probe)(struct adapter *, struct err *);
    /* Lines for `check`; "risk: …" is one that stops nothing. */
    void (*describe)(const struct adapter *, void (*line)(void *arg, bool fine, const char *text),
                     void *arg);
    ms_t (*ahead_ms)(const struct adapter *); /* how far its clock is ahead of ours; 0: agrees */
    /* Adds why /readyz is not fine, nothing when it is. */
    void (*trouble)(const struct adapter *, struct buf *);
    void (*counters)(const struct adapter *,
                     void (*counter)(void *arg, const char *name, const char *help, uint64_t value),
                     void *arg);
    const struct root_source *roots;          /* who is asked about root users, port/rootuser.h */
    const struct adapter_manifest *manifests; /* ends with one without a name */
};

#endif
