/* SPDX-License-Identifier: Apache-2.0 */
/* [stax] of the configuration file. */
#ifndef REGUARD_STAX_SETTINGS_H
#define REGUARD_STAX_SETTINGS_H

#include "port/setting.h"

struct stax_settings {
    char api_url[SETTING_URL_BYTES], access_key_file[SETTING_PATH_BYTES],
        secret_key_file[SETTING_PATH_BYTES], login_url[SETTING_URL_BYTES],
        identity_url[SETTING_URL_BYTES], ca_file[SETTING_PATH_BYTES];
    ms_t request_timeout;
};
extern const struct setting_section stax_section;

#endif
