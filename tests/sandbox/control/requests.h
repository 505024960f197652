/* SPDX-License-Identifier: Apache-2.0 */
/* The request log that tests count: GET /sandbox/requests. */
#ifndef SANDBOX_CONTROL_REQUESTS_H
#define SANDBOX_CONTROL_REQUESTS_H

#include <jansson.h>
#include <stdint.h>

/* Appends one line. note may be NULL. */
void requests_note(const char *operation, int status, const char *note);
/* The entries with a number above since, oldest first; new reference. */
json_t *requests_list(uint64_t since);
/* How many there were, ever: the number of the newest. */
uint64_t requests_count(void);
void requests_clear(void);

#endif
