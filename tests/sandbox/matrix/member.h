/* Joining, leaving and the like. */
#ifndef SANDBOX_MATRIX_MEMBER_H
#define SANDBOX_MATRIX_MEMBER_H

#include "tests/sandbox/matrix/state.h"

void matrix_join(struct matrix_call *);
void matrix_join_alias(struct matrix_call *);
void matrix_member_change(struct matrix_call *);
void matrix_joined_members(struct matrix_call *);
void matrix_joined_rooms(struct matrix_call *);
void matrix_members(struct matrix_call *);
void matrix_create_room(struct matrix_call *);
void matrix_alias(struct matrix_call *);

#endif
