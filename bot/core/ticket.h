/* SPDX-License-Identifier: Apache-2.0 */
/* A ticket as people name it, and the address under which it can be looked up. Pure. */
#ifndef REGUARD_TICKET_H
#define REGUARD_TICKET_H

#include "core/buf.h"

/* An address that a ticket may be put into: https, a plain host and a path, "{ticket}" behind the
   host at most once; without it the ticket stands at the end. Nothing in it can end a link in any
   chat, and no ticket can choose the host. "" is fine: there is none. */
bool ticket_url_is_fine(const char *url);
/* The ticket; as a link when there is an address and the ticket is a plain name (letters, digits,
   ".", "_" and "-", a letter or digit first). Anything else is text; rich. */
void ticket_add(struct buf *, const char *url, const char *ticket);

#endif
