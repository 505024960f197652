/* SPDX-License-Identifier: Apache-2.0 */
/* The only way to a terminal. Whatever is printed as %s may come from outside (the store, the
   provider, chats, the command line), and reaches the terminal as one line of harmless characters:
   control, bidirectional and invisible ones are shown as \n, \x1b or \u{202e}. `make layers` lets
   no other printing into this room. */
#ifndef REGUARD_CLI_PRINT_H
#define REGUARD_CLI_PRINT_H

#include "core/base.h"
#include "core/buf.h"

/* As printf, with %s %c %d %i %u %x %g, width and precision (also as *), and the lengths l ll z.
   False when nobody reads the output any more. */
bool print_out(const char *format, ...) PRINTF_LIKE(1, 2);
bool print_problem(const char *format, ...) PRINTF_LIKE(1, 2);
/* Whoever reads along on a pipe reads each line when it is written. */
void print_by_line(void);
/* Much at once for a file or a program: it is written when there is a block of it. print_flush
   writes the rest; false: not all of it arrived. */
void print_by_block(void);
bool print_flush(void);
/* On a terminal beside which nothing else is printed: how many records are done, over what it said
   before; gone when all are. */
void print_progress(uint64_t done, uint64_t all);
/* Text of several lines of ours, each harmless. */
bool print_lines(const char *text);
bool print_problem_lines(const char *text);
/* One line of JSON: what is hostile becomes \uXXXX, which says the same to whoever parses it. */
bool print_json(const char *json);
/* The formatted text itself, for those who look at it. */
void print_add(struct buf *, const char *format, va_list) PRINTF_LIKE(2, 0);

#endif
