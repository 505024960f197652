/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/mail/settings.h"

#define OWN(member) SETTING_OWN, SETTING_AT(mail_settings, member)
/* clang-format off */
static const struct setting rows[] = {
    { "smtp_url", SETTING_MAIL_ADDRESS, OWN(smtp_url), NULL, 1, 0, NULL, NULL },
    { "from", SETTING_TEXT, OWN(from), NULL, 1, 0, NULL, NULL },
    { "username", SETTING_TEXT, OWN(username), "", 0, 0, NULL, NULL },
    { "password_file", SETTING_SECRET, OWN(password_file), "", 0, 0, NULL, NULL },
};
/* clang-format on */

const struct setting_section mail_section = {
    .name = "mail",
    .rows = rows,
    .count = COUNT(rows),
    .bytes = sizeof(struct mail_settings),
    .secrets = { "password_file" },
};
