/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/matrix/refusal.h"
#include "core/base.h"

/* Codes that other software gives without "M_" have theirs. What relates to an event that is not
   there any more is refused by Synapse with M_UNKNOWN, and a message of a wrong shape too. */
static const struct {
    const char *errcode;
    enum matrix_refusal means;
} rows[] = {
    { "M_UNKNOWN_TOKEN", MATRIX_NO_CREDENTIAL },
    { "M_MISSING_TOKEN", MATRIX_NO_CREDENTIAL },
    { "M_USER_LOCKED", MATRIX_NO_CREDENTIAL },
    { "M_USER_DEACTIVATED", MATRIX_NO_CREDENTIAL },

    { "M_FORBIDDEN", MATRIX_NO_POSTING },
    { "M_NOT_FOUND", MATRIX_NO_ROOM },
    { "M_UNRECOGNIZED", MATRIX_NO_ROOM },
    { "M_USER_SUSPENDED", MATRIX_NO_ROOM },
    { "M_GUEST_ACCESS_FORBIDDEN", MATRIX_NO_ROOM },
    { "M_CONSENT_NOT_GIVEN", MATRIX_NO_ROOM },
    { "M_RESOURCE_LIMIT_EXCEEDED", MATRIX_NO_ROOM },
    { "M_USER_LIMIT_EXCEEDED", MATRIX_NO_ROOM },
    { "M_UNSUPPORTED_ROOM_VERSION", MATRIX_NO_ROOM },
    { "M_INCOMPATIBLE_ROOM_VERSION", MATRIX_NO_ROOM },
    { "M_UNABLE_TO_AUTHORISE_JOIN", MATRIX_NO_ROOM },
    { "ORG_MATRIX_EXPIRED_ACCOUNT", MATRIX_NO_ROOM },

    { "M_BAD_JSON", MATRIX_NO_FORM },
    { "M_NOT_JSON", MATRIX_NO_FORM },
    { "M_TOO_LARGE", MATRIX_NO_FORM },
    { "M_INVALID_PARAM", MATRIX_NO_FORM },
    { "M_MISSING_PARAM", MATRIX_NO_FORM },
};

enum matrix_refusal matrix_refusal_of(const char *errcode)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (str_equal(rows[i].errcode, errcode))
            return rows[i].means;
    return MATRIX_NO_REASON;
}
