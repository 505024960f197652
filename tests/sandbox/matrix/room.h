/* SPDX-License-Identifier: Apache-2.0 */
/* Rooms and their state (room version 11), and the one stream of events that all rooms share. */
#ifndef SANDBOX_MATRIX_ROOM_H
#define SANDBOX_MATRIX_ROOM_H

#include "tests/sandbox/matrix/state.h"

void matrixd_rooms_init(struct matrixd *);
void matrixd_rooms_done(struct matrixd *);
struct matrixd_room *matrixd_room_by_id(struct matrixd *, const char *id_or_alias);
/* A room with the events that every room begins with. NULL when there are too many, or the id is
   taken. */
struct matrixd_room *matrixd_room_new(struct matrixd *, const char *id, const char *creator,
                                      const char *name);
json_t *matrixd_state_event(const struct matrixd_room *, const char *type,
                            const char *key); /* lent; NULL */
const char *matrixd_membership(const struct matrixd_room *,
                               const char *user_id); /* "leave" for strangers */
int64_t matrixd_power(const struct matrixd_room *, const char *user_id);
int64_t matrixd_power_needed(const struct matrixd_room *, const char *type, bool state);
int64_t matrixd_power_for(const struct matrixd_room *,
                          const char *action); /* "ban", "kick", "redact", "invite" */
/* Stamps, stores, and lets it take its effect on the state. Takes event over. The result holds
   until the next one. */
struct matrixd_event *matrixd_append(struct matrixd *, struct matrixd_room *, json_t *event_new);
struct matrixd_event *matrixd_append_state(struct matrixd *, struct matrixd_room *,
                                           const char *sender, const char *type, const char *key,
                                           json_t *content_new);
struct matrixd_event *matrixd_set_membership(struct matrixd *, struct matrixd_room *,
                                             const char *sender, const char *user_id,
                                             const char *membership);
struct matrixd_event *matrixd_event_by_id(struct matrixd *, const struct matrixd_room *,
                                          const char *event_id);
const char *matrixd_id_of(const struct matrixd_event *);

#endif
