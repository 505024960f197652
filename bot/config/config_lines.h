/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file as numbered lines, read once and bounded. It sees what libinih does not
   tell: line numbers, sections without a key, and every malformed line instead of the first one. */
#ifndef REGUARD_CONFIG_LINES_H
#define REGUARD_CONFIG_LINES_H

#include "core/err.h"

struct config_lines {
    char *text;
    size_t bytes, at;
    int line;
};

/* Reads the file. False when it cannot be read or is longer than LIMIT_CONFIG_BYTES. */
bool config_lines_open(struct config_lines *, const char *file, struct err *);
void config_lines_done(struct config_lines *);
/* Copies the next line to `to`, without leading blanks, at most room bytes. False at the end.
   *ret_problem: what is wrong with the line ("" for nothing; then `to` is an empty line). A
   heading's name goes to heading, "" for other lines. */
struct config_line {
    char heading[64];
    const char *problem;
};
bool config_lines_next(struct config_lines *, char *to, size_t room, struct config_line *ret);

#endif
