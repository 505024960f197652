/* SPDX-License-Identifier: Apache-2.0 */
/* The media repository: what is uploaded gets an address (specification 1.19, "Content
   repository"). */
#ifndef SANDBOX_MATRIX_MEDIA_H
#define SANDBOX_MATRIX_MEDIA_H

#include "tests/sandbox/control/call.h"
#include "tests/sandbox/matrix/state.h"

void matrixd_media_start(struct matrixd *);
void matrixd_media_done(struct matrixd *);
void matrixd_media_upload(struct matrixd_call *);
void matrixd_media_download(struct matrixd_call *);
/* GET /sandbox/media: address -> {name, type, content}. */
void matrixd_media_show(void *matrix, const struct control_call *);

#endif
