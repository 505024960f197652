/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold, checked in every build: a value that breaks it ends the process, with the values
   that broke it, before anything that follows from them is written down. The store has what was
   committed, and the next start goes on from there. For defects of our own alone: what comes from
   outside is refused, and a ceiling that is reached never ends the process. */
#ifndef REGUARD_ENSURE_H
#define REGUARD_ENSURE_H

#include "core/base.h"

#define ENSURE(condition, ...)                                          \
    do {                                                                \
        if (!(condition))                                               \
            ensure_failed(__FILE__, __LINE__, #condition, __VA_ARGS__); \
    } while (0)

/* Values of ours only: numbers, states, ids. Nobody's words, nothing secret. */
_Noreturn void ensure_failed(const char *file, int line, const char *condition, const char *format,
                             ...) PRINTF_LIKE(4, 5);
#endif
