/* SPDX-License-Identifier: Apache-2.0 */
/* [aws] of the configuration file. */
#ifndef REGUARD_AWS_SETTINGS_H
#define REGUARD_AWS_SETTINGS_H

#include "port/setting.h"

/* Of the names that AWS lets somebody choose (IAM, "IAM and STS quotas"). */
#define AWS_NAME_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-"

/* Where the credentials come from. */
enum aws_way { AWS_KEYS, AWS_WEB_IDENTITY, AWS_CONTAINER, AWS_INSTANCE };

struct aws_settings {
    enum aws_way credentials;
    char region[32], access_key_id[136], secret_access_key_file[SETTING_PATH_BYTES],
        session_token_file[SETTING_PATH_BYTES];
    char role_arn[256], role_session_name[72], external_id_file[SETTING_PATH_BYTES],
        web_identity_token_file[SETTING_PATH_BYTES];
    char container_url[SETTING_URL_BYTES], container_token_file[SETTING_PATH_BYTES],
        instance_url[SETTING_URL_BYTES];
    ms_t session_duration;
    char events_queue[SETTING_URL_BYTES]; /* "": none is read */
    char sts_url[SETTING_URL_BYTES], iam_url[SETTING_URL_BYTES], sqs_url[SETTING_URL_BYTES],
        s3_url[SETTING_URL_BYTES], ca_file[SETTING_PATH_BYTES];
    ms_t request_timeout;
};
extern const struct setting_section aws_section;

#endif
