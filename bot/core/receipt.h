/* SPDX-License-Identifier: Apache-2.0 */
/* A case on one page, for whoever has to answer for it later: who, when, for how long, what the
   provider did, and where root use is looked up. Made from the state alone. */
#ifndef REGUARD_RECEIPT_H
#define REGUARD_RECEIPT_H

#include "core/buf.h"
#include "core/desk.h"

/* rich, several lines. Of an open case: as far as it has come. */
void receipt_add(struct buf *, const struct desk *, const struct casefile *, struct arena *);
/* Where whoever runs reguard finds all of it; a line of its own. id: "G-0001". */
void receipt_add_source(struct buf *, const char *id);

#endif
