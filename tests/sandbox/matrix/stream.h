/* Places in the stream, and which of its events a filter lets through. */
#ifndef SANDBOX_MATRIX_STREAM_H
#define SANDBOX_MATRIX_STREAM_H

#include "tests/sandbox/matrix/state.h"

/* Whether an event passes a RoomEventFilter; filter may be NULL. */
/* Whether a text is on the list of those wanted, if there is one, and not on the other. */
bool matrix_passes_lists(const json_t *wanted, const json_t *unwanted, const char *text);
bool matrix_passes(const json_t *filter, const json_t *event);
void matrix_token_write(const struct matrix *, uint64_t n, char to[MATRIX_TOKEN]);
/* False when it is none of this stream. */
bool matrix_token_read(const struct matrix *, const char *text, uint64_t *ret_n);

#endif
