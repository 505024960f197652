/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to one person each that wait for their turn in a chat. What is waiting is bounded, and
   nobody who asked is left without a word: past a person's share one answer stands for several and
   says so, and whoever finds no place is counted until the channel has been told. */
#ifndef REGUARD_REPLIES_H
#define REGUARD_REPLIES_H

#include "core/buf.h"
#include "core/limits.h"

/* Each waits, and has places, by itself. */
enum { REPLY_LANES = 4, REPLY_BUCKETS = 256 };

/* The head of what an adapter keeps of an answer; on the heap of the adapter. */
struct reply {
    struct reply *next, *of_person; /* inside replies.c */
    const char *person, *text;      /* "" for no person; they live as long as the reply */
    size_t bytes;                   /* that it holds, about */
    uint64_t effect_id;             /* for inbox_answered */
    unsigned lane;
    unsigned also, left_out; /* further answers to that person that it stands for: the same; any */
};
struct replies {
    struct {
        struct reply *first, *last;
        size_t count, bytes;
    } lanes[REPLY_LANES];
    struct reply *people[REPLY_BUCKETS];
    size_t most;        /* in a lane */
    uint64_t left_out;  /* that found no place, and the channel has not been told of */
    ms_t not_before_ms; /* monotonic: of the next line to the channel; 0: at once */
};

enum reply_outcome {
    REPLY_WAITS,    /* until it is taken off */
    REPLY_STANDS,   /* another one that waits stands for it: the caller lets it go */
    REPLY_LEFT_OUT, /* there is no place: the caller lets it go, and the channel is told */
};
enum reply_outcome replies_put(struct replies *, struct reply *);
/* Once more, before those who came later. It always has a place: there are as many as are sent at
   a time. */
void replies_put_back(struct replies *, struct reply *);
void replies_take_off(struct replies *, struct reply *);
/* What it stands for, as a sentence on a line of its own; nothing when it is for one. No markup. */
void reply_add_note(struct buf *, const struct reply *);

/* In how long the channel is to hear of those who found no place; MS_NEVER: there is none. */
ms_t replies_line_wait_ms(const struct replies *, ms_t monotonic_ms);
/* That line, without markup. It counts as tried now, and the number in it is returned. */
uint64_t replies_line(struct replies *, const char *command_word, ms_t monotonic_ms, struct buf *);
/* It stands there. */
void replies_line_told(struct replies *, uint64_t count);

#endif
