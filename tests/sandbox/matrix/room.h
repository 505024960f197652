/* Rooms and their state (room version 11), and the one stream of events that all rooms share. */
#ifndef SANDBOX_MATRIX_ROOM_H
#define SANDBOX_MATRIX_ROOM_H

#include "tests/sandbox/matrix/state.h"

void matrix_rooms_init(struct matrix *);
void matrix_rooms_done(struct matrix *);
struct matrix_room *matrix_room_by_id(struct matrix *, const char *id_or_alias);
/* A room with the events that every room begins with. NULL when there are too many, or the id is
   taken. */
struct matrix_room *matrix_room_new(struct matrix *, const char *id, const char *creator,
                                    const char *name);
json_t *matrix_state_event(const struct matrix_room *, const char *type,
                           const char *key); /* lent; NULL */
const char *matrix_membership(const struct matrix_room *,
                              const char *user_id); /* "leave" for strangers */
int64_t matrix_power(const struct matrix_room *, const char *user_id);
int64_t matrix_power_needed(const struct matrix_room *, const char *type, bool state);
int64_t matrix_power_for(const struct matrix_room *,
                         const char *action); /* "ban", "kick", "redact", "invite" */
/* Stamps, stores, and lets it take its effect on the state. Takes event over. The result holds
   until the next one. */
struct matrix_event *matrix_append(struct matrix *, struct matrix_room *, json_t *event_new);
struct matrix_event *matrix_append_state(struct matrix *, struct matrix_room *, const char *sender,
                                         const char *type, const char *key, json_t *content_new);
struct matrix_event *matrix_set_membership(struct matrix *, struct matrix_room *,
                                           const char *sender, const char *user_id,
                                           const char *membership);
struct matrix_event *matrix_event_by_id(struct matrix *, const struct matrix_room *,
                                        const char *event_id);
const char *matrix_id_of(const struct matrix_event *);

#endif
