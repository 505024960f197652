/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/matrix/settings.h"

#include <string.h>

static bool is_id(const char *text, char first, bool with_server)
{
    const char *colon = strchr(text, ':');
    return text[0] == first && text[1] && !strpbrk(text, " \t/") &&
           (!with_server || (colon && colon > text + 1 && colon[1]));
}

bool matrix_is_user_id(const char *text) { return is_id(text, '@', true); }

static const char *user_advice(const char *text, const struct policy *policy)
{
    (void)policy;
    return matrix_is_user_id(text)
               ? NULL
               : "that is no user's id: write it whole, like @reguard:example.com";
}

static const char *room_advice(const char *text, const struct policy *policy)
{
    (void)policy;
    return is_id(text, '!', false) ? NULL
                                   : "that is no room's id: it begins with ! and stands in the "
                                     "room's settings (in Element: Advanced); an alias (#…) is "
                                     "not enough";
}

/* As their makers mark them: Synapse, the Matrix Authentication Service. */
static const char *token_advice(const char *secret, const struct policy *policy)
{
    (void)policy;
    if (strncmp(secret, "syr_", 4) == 0)
        return "it holds a refresh token (syr_); the access token belongs here, or both as JSON";
    if (strncmp(secret, "mcr_", 4) == 0)
        return "it holds a refresh token (mcr_); the access token belongs here, or both as JSON";
    if (strncmp(secret, "mar_", 4) == 0)
        return "it holds a refresh token (mar_); the access token belongs here, or both as JSON";
    return NULL;
}

#define OWN(member) SETTING_OWN, SETTING_AT(matrix_settings, member)
/* clang-format off */
static const struct setting rows[] = {
    { "homeserver", SETTING_ADDRESS, OWN(homeserver), NULL, 1, 0, NULL, NULL },
    { "access_token_file", SETTING_SECRET, OWN(access_token_file), NULL, 1, 0, NULL, token_advice },
    { "user", SETTING_TEXT, OWN(user), NULL, 1, 0, NULL, user_advice },
    { "room", SETTING_TEXT, OWN(room), NULL, 1, 0, NULL, room_advice },
    { "prefix", SETTING_TEXT, OWN(prefix), "!reguard", 1, 0, NULL, NULL },
    { "ca_file", SETTING_ANCHOR, OWN(ca_file), "", 0, 0, NULL, NULL },
    { "rate_limited", SETTING_CHOICE, OWN(rate_limited), "yes", 0, 0, setting_yes_no, NULL },
};
/* clang-format on */

const struct setting_section matrix_section = {
    .name = "matrix",
    .rows = rows,
    .count = COUNT(rows),
    .bytes = sizeof(struct matrix_settings),
    .secrets = { "access_token_file" },
    .anchor = "ca_file",
    .place = "room",
    .word = "prefix",
};
