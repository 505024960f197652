/* SPDX-License-Identifier: Apache-2.0 */
/* [mail] of the configuration file. */
#ifndef REGUARD_MAIL_SETTINGS_H
#define REGUARD_MAIL_SETTINGS_H

#include "port/setting.h"

struct mail_settings {
    char smtp_url[SETTING_URL_BYTES], from[256], username[256], password_file[SETTING_PATH_BYTES];
};
extern const struct setting_section mail_section;

#endif
