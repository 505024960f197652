/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/stax/settings.h"

#include <string.h>

static const char *organisation_advice(const char *text, const struct policy *policy)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    static const char problem[] = "that is no organisation's id, which is a UUID: the Stax console "
                                  "shows it, and `check` says whose the credential is";
    (void)policy;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == '-' ? text[i] != '-'
                           : !text[i] || !strchr("0123456789abcdefABCDEF", text[i]))
            return problem;
    return text[sizeof form - 1] == '\0' ? NULL : problem;
}

#define OWN(member) SETTING_OWN, SETTING_AT(stax_settings, member)
/* clang-format off */
static const struct setting rows[] = {
    { "api_url", SETTING_ADDRESS, OWN(api_url), "https://api.au1.staxapp.cloud", 1, 0, NULL, NULL },
    { "access_key_file", SETTING_SECRET, OWN(access_key_file), NULL, 1, 0, NULL, NULL },
    { "secret_key_file", SETTING_SECRET, OWN(secret_key_file), NULL, 1, 0, NULL, NULL },
    { "login_url", SETTING_ADDRESS, OWN(login_url), "", 0, 0, NULL, NULL },
    { "identity_url", SETTING_ADDRESS, OWN(identity_url), "", 0, 0, NULL, NULL },
    { "ca_file", SETTING_ANCHOR, OWN(ca_file), "", 0, 0, NULL, NULL },
    { "request_timeout", SETTING_DURATION, OWN(request_timeout), "15s", 100, 2 * MS_MINUTE, NULL, NULL },
    SETTING_OF_PROVIDER(organisation_advice),
};
/* clang-format on */

const struct setting_section stax_section = {
    .name = "stax",
    .rows = rows,
    .count = COUNT(rows),
    .bytes = sizeof(struct stax_settings),
    .secrets = { "access_key_file", "secret_key_file" },
    .anchor = "ca_file",
};
