/* SPDX-License-Identifier: Apache-2.0 */
/* What has changed in the room since a viewer's last look. The stream tells it: a message is
   touched by its own event, and by each edit, reaction and redaction behind it. */
#ifndef SANDBOX_MATRIX_LIVE_H
#define SANDBOX_MATRIX_LIVE_H

#include "tests/sandbox/matrix/state.h"

/* "room": the messages that are new or that an edit, reaction or redaction has touched since the
   last look, each as the channel's JSON has it, with "n", its place in the stream, for
   "content". */
void *matrixd_look_new(void);
void matrixd_look_free(void *look);
void matrixd_look_again(void *matrix, void *look, json_t *into);

#endif
