/* SPDX-License-Identifier: Apache-2.0 */
/* What a service hands to main, and main to the server, the control API and the page: none of them
   knows a service by name. What a service has not is NULL. */
#ifndef SANDBOX_CONTROL_SERVICE_H
#define SANDBOX_CONTROL_SERVICE_H

#include "tests/sandbox/control/call.h"
#include "tests/sandbox/net/web.h"

struct service {
    void *self; /* handed to each of these */
    struct web_service web;
    const struct control_row *calls;
    const char *name; /* of its part in GET /sandbox/state */
    json_t *(*state)(void *self);
    /* One viewer's memory of what it has seen, so that it is told differences only: look_again adds
       to `into` what has changed since the last look, in bounded numbers, the rest at the next
       look. Nothing is added when nothing has changed. */
    void *(*look_new)(void);
    void (*look_free)(void *look);
    void (*look_again)(void *self, void *look, json_t *into);
};

struct services {
    const struct service *list;
    size_t count;
};

/* Adds each service's state under its name. */
void services_state(const struct services *, json_t *into);

#endif
