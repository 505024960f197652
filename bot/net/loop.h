/* SPDX-License-Identifier: Apache-2.0 */
/* The one loop: timers, file descriptors, signals. libwebsockets' poll loop underneath; only
   loop.c, ws.c and httpd.c know. */
#ifndef REGUARD_LOOP_H
#define REGUARD_LOOP_H

#include "core/base.h"
#include "core/err.h"

struct loop;
/* Not to be written to while it is set: cancel it first. */
struct loop_timer {
    void (*fired)(void *arg);
    void *arg;
    struct loop *loop;
    void *impl[8]; /* opaque; zero at first */
};

struct loop *loop_new(struct err *);
void loop_free(struct loop *); /* accepts NULL; every user of the loop is gone before */
/* Runs until loop_stop; may be run again. False when the loop broke. */
bool loop_run(struct loop *);
void loop_stop(struct loop *);

/* fired(arg) once, after_ms from now (monotonic), never inside this call; re-arms. 0 means the next
   turn of the loop. */
void loop_timer_set(struct loop *, struct loop_timer *, ms_t after_ms);
void loop_timer_cancel(struct loop_timer *); /* harmless when not set */

/* Called by loop_free, for what its owner has let go and what only a later turn would have freed;
   each once, unless it was taken back before. To be zero at first. */
struct loop_leaver {
    void (*leave)(void *arg);
    void *arg;
    struct loop_leaver *next, **at;
};
void loop_leaver_add(struct loop *, struct loop_leaver *);
void loop_leaver_remove(struct loop_leaver *); /* harmless when not added */

/* Takes memory from the heap, freed by loop_free at its very end: what the library goes on to read
   after its owner is gone. Never taken back, so for what is made a few times in a process. */
void loop_keep(struct loop *, void *heap);

/* Takes the descriptor over (also on failure) and calls ready(arg) whenever it is readable,
   level-triggered. */
bool loop_watch(struct loop *, int fd_taken, void (*ready)(void *arg), void *arg, struct err *);
/* Calls the function on each arrival of the signal, on the loop. At most once for all signals of
   the process. */
bool loop_signals(struct loop *, const int *signals, size_t count,
                  void (*arrived)(void *arg, int signal), void *arg, struct err *);

/* How often the loop has woken, for figures. */
uint64_t loop_wakes(const struct loop *);
/* The libwebsockets context, for ws.c and httpd.c. */
struct lws_context *loop_lws(struct loop *);

#endif
