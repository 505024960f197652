/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of Stax read as a whole, for tests that are not about slices. */
#ifndef TESTS_STAX_WHOLE_H
#define TESTS_STAX_WHOLE_H

#include "adapters/stax/codec.h"

static bool stax_users(const char *body, size_t bytes, const struct stax_wanted *wanted,
                       struct arena *to, struct survey *s, struct err *why)
{
    struct stax_reading *r = stax_users_begin(body, bytes, wanted, to, s);
    while (stax_go_on(r, bytes))
        ;
    return stax_end(r, NULL, why);
}

static bool stax_accounts(const char *body, size_t bytes, const char *wanted, struct arena *to,
                          struct survey *s, struct stax_mailboxes *mailboxes,
                          int64_t *ret_next_offset, struct err *why)
{
    struct stax_reading *r = stax_accounts_begin(body, bytes, wanted, to, s, mailboxes);
    while (stax_go_on(r, bytes))
        ;
    return stax_end(r, ret_next_offset, why);
}

#endif
