/* SPDX-License-Identifier: Apache-2.0 */
/* What was found of one root user as a line of JSON, as it is kept until the others are known, too:
   in the file of `root-users --resume`, and in the store. It has no secrets. */
#ifndef REGUARD_ROOTLINE_H
#define REGUARD_ROOTLINE_H

#include "core/rootwalk.h"

enum { ROOTLINE_BYTES = 512 };

/* Of a row that has answered; with its line feed. */
void rootline_add(struct buf *, const struct root_row *);
/* False for what is no such line: nothing of the row is to be used. Its name is in no line. */
bool rootline_read(const char *text, size_t bytes, struct root_row *ret);

#endif
