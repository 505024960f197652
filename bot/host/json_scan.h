/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as bytes, before a parser builds anything of it. Pure; what is no JSON does no harm. */
#ifndef REGUARD_JSON_SCAN_H
#define REGUARD_JSON_SCAN_H

#include <stddef.h>

/* What a document would cost once it is built, found in one pass over its bytes, before jansson
   builds anything. One value is at most 100 bytes of memory, beside
   the text itself: a number, a string or a key count 1, an array 2, an
   object 4. `{}` is three bytes of an answer and 230 in memory. */
struct json_size {
    size_t values;
    int depth; /* the deepest nesting */
};
/* Measures the one value that begins at `at`, up to its end; returns its length in bytes. What is
   no JSON has some length too. At least 1 when there is a byte at all. */
size_t json_measure(const char *at, const char *end, struct json_size *);
/* Behind the string whose quote is at `at`. */
const char *json_behind_string(const char *at, const char *end);
/* Behind blanks, commas and colons. */
const char *json_skip_between(const char *at, const char *end);

#endif
