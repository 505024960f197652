/* SPDX-License-Identifier: Apache-2.0 */
/* [slack] of the configuration file. */
#ifndef REGUARD_SLACK_SETTINGS_H
#define REGUARD_SLACK_SETTINGS_H

#include "port/setting.h"

struct slack_settings {
    char app_token_file[SETTING_PATH_BYTES], bot_token_file[SETTING_PATH_BYTES], team[64],
        channel[64], command[64], api_url[SETTING_URL_BYTES], ca_file[SETTING_PATH_BYTES];
};
extern const struct setting_section slack_section;

bool slack_is_member_id(const char *);
/* What is wrong with whom [policy] escalate mentions, as a clause; NULL for nothing. */
const char *slack_escalate_advice(const char *);

#endif
