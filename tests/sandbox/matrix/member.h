/* SPDX-License-Identifier: Apache-2.0 */
/* Joining, leaving and the like. */
#ifndef SANDBOX_MATRIX_MEMBER_H
#define SANDBOX_MATRIX_MEMBER_H

#include "tests/sandbox/matrix/state.h"

void matrixd_join(struct matrixd_call *);
void matrixd_join_alias(struct matrixd_call *);
void matrixd_member_change(struct matrixd_call *);
void matrixd_joined_members(struct matrixd_call *);
void matrixd_joined_rooms(struct matrixd_call *);
void matrixd_members(struct matrixd_call *);
void matrixd_create_room(struct matrixd_call *);
void matrixd_alias(struct matrixd_call *);

#endif
