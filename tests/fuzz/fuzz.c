/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"
#include "adapters/stax/provider.h"
#include "host/clock.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- chance and the time of day, the same in each run: what one run finds, another finds again
   (the Makefile puts these in the places of host/clock.c's; jansson draws a seed for its tables,
   too, whose order is the order of what is compared) ---- */

void __wrap_clock_random(void *bytes, size_t count);
ms_t __wrap_clock_wall_ms(void);

__attribute__((constructor)) static void begin_alike(void) { json_object_seed(1); }

void __wrap_clock_random(void *bytes, size_t count)
{
    static uint32_t state = 1;
    unsigned char *at = bytes;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        at[i] = (unsigned char)(state >> 24);
    }
}

ms_t __wrap_clock_wall_ms(void)
{
    static ms_t now_ms = 1795526055123;
    return now_ms++;
}

/* ---- the input ---- */

struct fuzz_pieces fuzz_pieces(const uint8_t *bytes, size_t count, struct arena *arena)
{
    const char *at = (const char *)bytes;
    return (struct fuzz_pieces){ at, at ? at + count : at, arena };
}

const char *fuzz_text(struct fuzz_pieces *p)
{
    if (p->at == p->end)
        return "";
    const char *nul = memchr(p->at, 0, (size_t)(p->end - p->at)), *end = nul ? nul : p->end;
    const char *text = arena_copy_bytes(p->arena, p->at, (size_t)(end - p->at));
    p->at = nul ? nul + 1 : end;
    return text;
}

const char *fuzz_rest(struct fuzz_pieces *p, size_t *ret_bytes)
{
    const char *at = p->at;
    *ret_bytes = (size_t)(p->end - at);
    p->at = p->end;
    return at;
}

int fuzz_byte(struct fuzz_pieces *p) { return p->at < p->end ? (unsigned char)*p->at++ : 0; }

void fuzz_broken(const char *promise, const char *by)
{
    fprintf(stderr, "BROKEN: %s\nby: %s\n", promise, str_or_empty(by));
    abort();
}

const struct people *fuzz_people(void)
{
    static const struct people people = {
        .count = 2,
        .rows = { { .key = "ada@example.com",
                    .ids = { { "slack", "U0ADA" }, { "matrix", "@ada:example.org" } },
                    .id_count = 2 },
                  { .key = "ben@example.com",
                    .ids = { { "slack", "U0BEN" }, { "matrix", "@ben:example.org" } },
                    .id_count = 2 } }
    };
    return &people;
}

const struct policy *fuzz_policy(void)
{
    static const struct policy policy = { .provider = &stax_provider,
                                          .approve_reaction = "white_check_mark",
                                          .decline_reaction = "x",
                                          .command_word = "/reguard",
                                          .approve_with = APPROVE_BY_REACTION |
                                                          APPROVE_BY_COMMAND };
    return &policy;
}

/* In memory where there is such a folder. */
static const char *folder(void)
{
    static char path[64];
    if (!path[0]) {
        snprintf(path, sizeof path, "%s/reguard-fuzz-XXXXXX",
                 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        if (!mkdtemp(path))
            abort();
    }
    return path;
}

static char made[8][160];

static void forget_files(void)
{
    for (size_t i = 0; i < COUNT(made) && made[i][0]; i++)
        unlink(made[i]);
    rmdir(folder());
}

const char *fuzz_file(const char *name, const void *bytes, size_t count)
{
    static bool registered;
    char path[160];
    size_t i = 0;
    snprintf(path, sizeof path, "%s/%s", folder(), name);
    while (i < COUNT(made) - 1 && made[i][0] && !str_equal(made[i], path))
        i++;
    STR_SET(made[i], path);
    if (!registered)
        atexit(forget_files);
    registered = true;
    int fd = open(made[i], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, bytes, count) != (ssize_t)count)
        abort();
    close(fd);
    return made[i];
}
