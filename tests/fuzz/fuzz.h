/* SPDX-License-Identifier: Apache-2.0 */
/* What the targets share. Each file of targets/ is a program of its own: libFuzzer calls
   LLVMFuzzerTestOneInput with bytes, under the address and undefined behaviour sanitizers, linked
   with every object of the bot. A broken promise ends the program like a fault of memory does. */
#ifndef REGUARD_FUZZ_H
#define REGUARD_FUZZ_H

#include "core/arena.h"
#include "core/person.h"
#include "core/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
int LLVMFuzzerInitialize(int *, char ***);

/* The input as texts, one behind the other: each ends with a NUL byte, the last one with the
   input. */
struct fuzz_pieces {
    const char *at, *end;
    struct arena *arena;
};
struct fuzz_pieces fuzz_pieces(const uint8_t *, size_t, struct arena *);
/* "" when there is none any more; an allocation of its own. */
const char *fuzz_text(struct fuzz_pieces *);
/* What is left, not terminated. */
const char *fuzz_rest(struct fuzz_pieces *, size_t *ret_bytes);
int fuzz_byte(struct fuzz_pieces *); /* 0 when there is none any more */

/* Says which promise is broken, and by what, and ends the program. */
_Noreturn void fuzz_broken(const char *promise, const char *by);
#define FUZZ_PROMISE(holds, what, by)  \
    do {                               \
        if (!(holds))                  \
            fuzz_broken((what), (by)); \
    } while (0)

/* Two people with accounts in both chats, and rules, of no file. */
const struct people *fuzz_people(void);
const struct policy *fuzz_policy(void);

/* A file with that content, of this process alone; the same path for the same name. */
const char *fuzz_file(const char *name, const void *bytes, size_t count);

#endif
