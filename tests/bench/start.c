/* SPDX-License-Identifier: Apache-2.0 */
/* How long the desk of a store takes from its opening on, in milliseconds; the folder is left as it
   was but for what a start writes.
   usage: start DIR TIMES */
#include "adapters/stax/provider.h"
#include "core/xalloc.h"
#include "engine/engine.h"
#include "host/clock.h"
#include "net/loop.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static bool start(const char *dir, struct err *err)
{
    static struct engine engine;
    static const struct policy policy = { .provider = &stax_provider };
    static const struct people people;
    struct loop *loop = loop_new(err);
    uint64_t begun_us = clock_monotonic_us();
    struct store *store = loop ? store_open(dir, err) : NULL;
    bool fine = store && engine_init(&engine, loop, store, &policy, &people, err);
    if (fine)
        printf("%.1f ms: %" PRIu64 " records, %zu cases\n",
               (double)(clock_monotonic_us() - begun_us) / 1000, engine.desk->record,
               engine.desk->case_count);
    fine = fine && store_commit(store, err);
    if (store)
        engine_done(&engine);
    store_close(store);
    loop_free(loop);
    return fine;
}

int main(int count, char **arguments)
{
    struct err err = { "" };
    bool fine = count == 3;
    for (long n = fine ? strtol(arguments[2], NULL, 10) : 0; fine && n > 0; n--)
        fine = start(arguments[1], &err);
    if (!fine)
        fprintf(stderr, "start: %s\n", count == 3 ? err.text : "usage: start DIR TIMES");
    return fine ? 0 : 1;
}
