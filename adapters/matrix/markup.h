/* SPDX-License-Identifier: Apache-2.0 */
/* Rich text as the two forms that a Matrix message has: plain text, and the limited HTML of
   org.matrix.custom.html (client-server specification 1.19, "m.room.message msgtypes"). Everything
   that is not ours is escaped. Pure, but for the zone database. */
#ifndef REGUARD_MATRIX_MARKUP_H
#define REGUARD_MATRIX_MARKUP_H

#include "core/person.h"
#include "core/policy.h"
#include "core/rich.h"

/* Texts name commands by policy->command_word, which is the other chat's when there are two; here
   they begin with prefix. */
struct matrix_style {
    const struct people *people; /* all three are lent */
    const struct policy *policy;
    const char *prefix;
    const char *zone; /* of the one who reads it, by its name; NULL or "": of [bot] timezone */
};

/* Each appends as much as the buffer takes, at whole characters; overflow says that it is not all.
   HTML that is not all may be cut inside an element: it is to be left out then. */
void matrix_plain(struct buf *, const char *rich, const struct matrix_style *);
void matrix_html(struct buf *, const char *rich, const struct matrix_style *);
/* Bytes of a text so that they are no HTML; a line end becomes <br>. */
void matrix_escape(struct buf *, const char *text, size_t bytes);
/* A person's link, which clients show as a name. */
void matrix_add_person(struct buf *, const char *user_id);
/* A notation of [policy] escalate that means everybody in the room. */
bool matrix_means_room(const char *text, size_t bytes);

#endif
