/* SPDX-License-Identifier: Apache-2.0 */
/* The audit: the hash chain of the journal, and every case rebuilt from it. */
#ifndef REGUARD_AUDIT_H
#define REGUARD_AUDIT_H

#include "store/store.h"

struct audit_summary {
    uint64_t records;
    size_t cases;
    char head[STORE_HASH_BYTES];
};

/* Checks the file's pages, each record's hash and place, the end of the chain, and that the stored
   cases and the desk that is kept are what their records say. False: err names the first bad record
   or case; *ret is not written then. What the operator has accepted since stays wrong, and err
   names the acceptance. told: after each so many records, and at the end when it was before; NULL:
   nobody is. */
enum { AUDIT_TOLD_EVERY = 20000 };
bool audit_verify(struct store *, void (*told)(uint64_t done, uint64_t all),
                  struct audit_summary *ret, struct err *);
/* Does the journal hold the record that was seen elsewhere, "N:HASH"? HASH may be cut, as on cards,
   to no less than 8 digits. False: err says what differs. */
bool audit_has(struct store *, const char *head, struct err *);

/* The same in slices, beside the work of the daemon. Broken is only what nobody has accepted. */
struct audit_walk;
enum audit_state { AUDIT_GOING, AUDIT_WHOLE, AUDIT_BROKEN };
struct audit_walk *audit_begin(struct store *);
/* Takes that many records further. Between two calls records may be added. *ret_record: the one
   that is broken, 0 when it is none in particular. */
enum audit_state audit_go_on(struct audit_walk *, size_t records, uint64_t *ret_record,
                             struct err *);
uint64_t audit_records(const struct audit_walk *);
/* What the records so far come to; NULL: something is wrong, or was and is accepted. Lent. */
struct desk;
const struct desk *audit_desk(const struct audit_walk *);
void audit_end(struct audit_walk *);

/* The record's content is what its own hash was made of. */
bool audit_is_itself(const struct journal_record *, struct arena *);

#endif
