/* SPDX-License-Identifier: Apache-2.0 */
/* The Matrix adapter: long polls of /sync in, the client-server API out. Events come from
   "matrix". */
#ifndef REGUARD_MATRIX_H
#define REGUARD_MATRIX_H

#include "core/person.h"
#include "core/policy.h"
#include "port/adapter.h"
#include "net/http.h"
#include "port/inbox.h"
#include "host/secret.h"

struct matrix_options {
    const char *homeserver, *user, *room, *prefix, *ca_file;
    const char *token_file; /* NULL: for rendering only, never started */
    const char *salt;       /* makes transaction ids of this store differ from those of any other */
    const char *cursor;     /* where the last process stopped; NULL: it never ran */
    const char *kept;       /* of a renewed pair, when the records keep it; else NULL */
    bool (*keep)(void *arg, const char *text, struct err *); /* NULL: it is kept in the file */
    void *keep_arg;
    const struct people *people; /* lent */
    const struct policy *policy; /* lent */
    bool rate_limited; /* the homeserver's usual limits hold for us: what can wait leaves enough for
                          what cannot */
    bool look_only;    /* joins nothing and posts nothing by itself */
    bool borrowed;     /* another process renews the token */
    bool witness;      /* of two with one account it is the witness */
};

/* What stands in a token file can be used by reguard itself: one line, or the pair as JSON. The
   error names the file. */
bool matrix_token_fits(const struct secret *, const char *file, struct err *);
/* It is a pair that is renewed. */
bool matrix_token_is_pair(const struct secret *);
/* Its file says that it is the witness's own. */
bool matrix_token_is_of_witness(const struct secret *);
/* NULL when the token file cannot be read. The only secret of adapter_ops.renew is what stands in
   that file. */
struct adapter *matrix_new(struct loop *, struct http *, struct inbox *,
                           const struct matrix_options *, struct err *);
void matrix_set_rules(struct adapter *, const struct people *, const struct policy *);
/* What is known of the room and the account, one line after the other, for `reguard check`. */
void matrix_describe(const struct adapter *, void (*line)(void *arg, bool fine, const char *text),
                     void *arg);
/* Why people cannot be written to alone, NULL when they can, or nobody has tried. */
const char *matrix_directs_problem(const struct adapter *);
/* Answers of the homeserver that had to be cleaned, and events that were left out because nothing
   could be made of them. */
void matrix_counts(const struct adapter *, uint64_t *ret_cleaned, uint64_t *ret_quarantined);

#endif
