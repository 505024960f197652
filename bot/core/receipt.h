/* SPDX-License-Identifier: Apache-2.0 */
/* A case on one page, for whoever has to answer for it later: who, when, for how long, what the
   provider did, and where root use is looked up. Made from the state alone. */
#ifndef REGUARD_RECEIPT_H
#define REGUARD_RECEIPT_H

#include "core/buf.h"
#include "core/desk.h"
#include "core/effect.h"

/* rich, several lines. Of an open case: as far as it has come. */
void receipt_add(struct buf *, const struct desk *, const struct casefile *, struct arena *);
/* The same as a file: plain lines, instants to the second in UTC, and the whole hash of the newest
   record. In the arena; the engine adds the records. */
struct effect_file *receipt_file(const struct desk *, const struct casefile *, ms_t now_ms,
                                 struct arena *);
/* "2026-03-02 09:00:00 UTC" */
void receipt_add_instant(struct buf *, ms_t at_ms);
/* Where whoever runs reguard finds all of it; a line of its own. id: "G-0001". */
void receipt_add_source(struct buf *, const char *id);

#endif
