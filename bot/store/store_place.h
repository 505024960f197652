/* SPDX-License-Identifier: Apache-2.0 */
/* What the store's rooms and its callers both know of it: where it keeps what is written, and the
   measures of its records. */
#ifndef REGUARD_STORE_PLACE_H
#define REGUARD_STORE_PLACE_H

enum { STORE_SCHEMA = 8, STORE_HASH_BYTES = 65 }; /* hex and NUL */
/* prev of the first record. */
#define STORE_FIRST_HASH "0000000000000000000000000000000000000000000000000000000000000000"

enum store_place {
    STORE_ON_DISK,
    STORE_ON_RESERVE, /* the disk is full: only what must be is to be written */
    STORE_IN_MEMORY,  /* from the last commit on, as far as it could be read; see store_away.c */
};

#endif
