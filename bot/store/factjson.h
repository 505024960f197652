/* SPDX-License-Identifier: Apache-2.0 */
/* Facts as the JSON of the journal, and back. The canonical form (sorted keys, compact, UTF-8) is
   what the chain hashes. */
#ifndef REGUARD_FACTJSON_H
#define REGUARD_FACTJSON_H

#include "core/arena.h"
#include "core/err.h"
#include "core/fact.h"

struct fact_columns {
    const char *case_id, *kind, *actor, *source, *data;
};

/* The columns of the journal; strings in the arena. */
void factjson_write(const struct fact *, struct arena *, struct fact_columns *ret);
/* Back again; every text comes out harmless, whoever has written the journal. False when the
   columns are not what factjson_write makes. */
bool factjson_read(const struct fact_columns *, ms_t at_ms, struct arena *, struct fact *ret,
                   struct err *);
/* {"actor":…,"at":"…Z","case":"…","data":…,"kind":"…","seq":N,"source":…}: everything of a record
   but prev and hash. */
char *factjson_canonical(const struct fact_columns *, uint64_t seq, ms_t at_ms, struct arena *);
/* The record's hash: of the one before it, and the canonical form behind that. */
enum { FACTJSON_HASH_BYTES = 65 };
void factjson_hash(const char *prev, const struct fact_columns *, uint64_t seq, ms_t at_ms,
                   struct arena *, char ret_hash[FACTJSON_HASH_BYTES]);

#endif
