/* SPDX-License-Identifier: Apache-2.0 */
/* A homeserver passes on what members send, and some of that stops a JSON parser for good, because
   the same answer comes again: escapes of NUL, lone surrogates, numbers beyond every range, deep
   nesting, duplicate keys, and values by the hundred thousand. The lists of events are cut out of
   the answer and read event by event: each is cleaned when it has to be, and one that still cannot
   be read, or would cost more than one event may, is left out alone. No answer takes more than
   LIMIT_JSON_PAGE_VALUES. */
#ifndef REGUARD_MATRIX_SANITISE_H
#define REGUARD_MATRIX_SANITISE_H

#include <jansson.h>
#include "core/buf.h"

struct matrix_parsed {
    bool cleaned;
    size_t quarantined; /* events that were left out */
    bool too_much;      /* no event by itself, but all of them together */
};
/* The answer as JSON, a new reference; NULL when it is none at all. */
json_t *matrix_parse(const char *text, size_t bytes, struct matrix_parsed *ret);
/* The same in slices, so that other things have their turn between them. text is lent until the
 * end. */
struct matrix_parser;
struct matrix_parser *matrix_parser_new(const char *text, size_t bytes);
/* Reads about that many bytes on, an event is read as a whole; true at the end of the text. */
bool matrix_parser_read(struct matrix_parser *, size_t bytes);
/* What matrix_parse returns; NULL before the end of the text. Frees the parser (NULL is fine). */
json_t *matrix_parser_end(struct matrix_parser *, struct matrix_parsed *ret);

#endif
