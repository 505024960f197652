/* SPDX-License-Identifier: Apache-2.0 */
/* Places in the stream, and which of its events a filter lets through. */
#ifndef SANDBOX_MATRIX_STREAM_H
#define SANDBOX_MATRIX_STREAM_H

#include "tests/sandbox/matrix/state.h"

/* Whether an event passes a RoomEventFilter; filter may be NULL. */
/* Whether a text is on the list of those wanted, if there is one, and not on the other. */
bool matrixd_passes_lists(const json_t *wanted, const json_t *unwanted, const char *text);
bool matrixd_passes(const json_t *filter, const json_t *event);
void matrixd_token_write(const struct matrixd *, uint64_t n, char to[MATRIXD_TOKEN]);
/* False when it is none of this stream. */
bool matrixd_token_read(const struct matrixd *, const char *text, uint64_t *ret_n);

#endif
