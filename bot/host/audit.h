/* The audit: the hash chain of the journal, and every case rebuilt from it. */
#ifndef REGUARD_AUDIT_H
#define REGUARD_AUDIT_H

#include "host/store.h"

struct audit_summary {
    uint64_t records;
    size_t cases;
    char head[STORE_HASH_BYTES];
};

/* Checks each record's hash and place, the end of the chain, and that the stored cases are what
   their records say. False: err names the first bad record or case; *ret is not written then. */
bool audit_verify(struct store *, struct audit_summary *ret, struct err *);

#endif
