/* SPDX-License-Identifier: Apache-2.0 */
/* What the sandbox leaves in its folder, so that the bot can be started at once. */
#ifndef SANDBOX_FOLDER_H
#define SANDBOX_FOLDER_H

#include "tests/sandbox/net/certificate.h"

struct folder {
    const char *dir, *organisation, *page; /* the page's address, NULL without one */
    int port, plain_port, smtp_port;
};
/* All but sandbox.json: so that whoever waits for that file finds the rest. */
bool folder_write(const struct folder *, const struct certificate *);
/* sandbox.json, and the same line on stdout. */
bool folder_ready(const struct folder *);

#endif
