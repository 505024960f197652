/* SPDX-License-Identifier: Apache-2.0 */
/* The desk as JSON, and back: what folding the journal comes to, so that a start need not fold all
   of it. What no record tells is not in it: what is lent, what is in flight in the chats, how much
   people talk, and the commands that wait, which are kept beside the journal. */
#ifndef REGUARD_DESKJSON_H
#define REGUARD_DESKJSON_H

#include "core/arena.h"
#include "core/desk.h"
#include "core/err.h"

/* A desk full of the longest cases has about half of it. */
enum { DESKJSON_BYTES = 2 * 1024 * 1024, DESKJSON_FORM_BYTES = 64 };
/* What fits together: this release, the sources that fold, and each value's name and size. Another
   build may have folded otherwise. */
void deskjson_form(char ret_form[DESKJSON_FORM_BYTES]);
/* The same text for the same desk, in the arena; NULL: it would be longer than that, or a text of
   it is no UTF-8. */
const char *deskjson_write(const struct desk *, struct arena *);
/* Into a desk as desk_init leaves it. False: the text is not what deskjson_write makes of any desk,
   and the desk is not to be used. */
bool deskjson_read(const char *text, struct arena *, struct desk *ret, struct err *);

/* ---- for the test that every value of the desk has its row ---- */
enum deskjson_kind { DESKJSON_NUMBER, DESKJSON_TEXT, DESKJSON_PART, DESKJSON_LEFT_OUT };
struct deskjson_shape;
struct deskjson_member {
    const char *name;
    enum deskjson_kind kind;
    size_t offset, bytes; /* of one */
    size_t most;          /* so many of them: above 1 a list */
    size_t counted_at;    /* where the list's length stands; DESKJSON_NOT_COUNTED */
    const struct deskjson_shape *part;
};
struct deskjson_shape {
    const char *name;
    size_t bytes;
    const struct deskjson_member *members;
    size_t count;
};
#define DESKJSON_NOT_COUNTED SIZE_MAX
extern const struct deskjson_shape *const deskjson_shapes[]; /* up to NULL; the desk is the last */

#endif
