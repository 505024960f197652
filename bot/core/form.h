/* SPDX-License-Identifier: Apache-2.0 */
/* What a form holds when it is opened, drawn anew or shown once more. A lift of a task that reguard
   does itself becomes the form of that task, and back when a window is asked for all the same. */
#ifndef REGUARD_FORM_H
#define REGUARD_FORM_H

#include "core/desk.h"
#include "core/effect.h"
#include "core/request.h"

/* The form of request->verb with everything that was given already. handle: what it is about. NULL
   in `ret` are trigger, view and what is said otherwise. Strings in the arena. */
void form_of(const struct desk *, const struct request *, const char *handle, struct arena *,
             struct effect_form *ret);
/* The same of one that is open, as it was filled in. */
void form_of_filled(const struct desk *, const struct event_submitted *, struct arena *,
                    struct effect_form *ret);

#endif
