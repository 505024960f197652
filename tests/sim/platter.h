/* SPDX-License-Identifier: Apache-2.0 */
/* The disk under SQLite: SQLite's own file methods with a count and a memory in front of them
   (sqlite.org/c3ref, "OS Interface File Virtual Methods Object"). What is not synced yet can be
   lost, torn and put in another order by a power cut; the n-th call can fail. Both for the stories
   of tests/sim and for the cuts of tests/faults/power.c. */
#ifndef REGUARD_PLATTER_H
#define REGUARD_PLATTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct platter {
    uint64_t calls;              /* writes, syncs and truncations so far */
    uint64_t cut_in;             /* such calls until the power goes; 0: it does not */
    bool cut_at_sync;            /* not before the next sync then */
    uint64_t fails_in;           /* such calls until one fails; 0: none does */
    uint64_t fails_for;          /* that many in a row, from there on */
    int code;                    /* SQLite's, of a write that fails; 0: by the kind of call */
    bool fails;                  /* every one */
    bool is_cut;                 /* what the disk holds then is kept beside the files */
    bool dead_after;             /* nothing more reaches the files once it is cut */
    bool remembers;              /* what would be lost; without it a cut loses nothing */
    bool (*counts)(void);        /* NULL: every call does; else those for which it is true */
    uint64_t (*below)(uint64_t); /* chance */
    void (*on_cut)(size_t pieces, size_t lost);
    void (*on_failure)(uint64_t left); /* one fails now, and so many after it; NULL */
};
extern struct platter platter;

/* SQLite's files are on it from now on. */
void platter_use(void);
/* The process is gone and has closed its files: after a cut they are put as the disk has them. */
void platter_after_death(const char *folder);

#endif
