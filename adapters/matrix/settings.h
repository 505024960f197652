/* SPDX-License-Identifier: Apache-2.0 */
/* [matrix] of the configuration file. */
#ifndef REGUARD_MATRIX_SETTINGS_H
#define REGUARD_MATRIX_SETTINGS_H

#include "port/setting.h"

struct matrix_settings {
    char homeserver[SETTING_URL_BYTES], access_token_file[SETTING_PATH_BYTES], user[256], room[256],
        prefix[64], ca_file[SETTING_PATH_BYTES];
    bool rate_limited; /* no: the homeserver makes an exception for us */
};
extern const struct setting_section matrix_section;

bool matrix_is_user_id(const char *);

#endif
