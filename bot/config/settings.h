/* What the configuration says, as it is understood: the configuration's rows fill it, and everybody
   else reads it. Texts are "" and lists empty where nothing is said. */
#ifndef REGUARD_SETTINGS_H
#define REGUARD_SETTINGS_H

#include "core/person.h"
#include "core/policy.h"
#include "host/log.h"

enum { CONFIG_PATH_BYTES = 1024, CONFIG_URL_BYTES = 512, CONFIG_FILES = 9 };

/* A file that the configuration names. */
struct config_file {
    const char *section, *key;
    int line;
    bool is_secret;                /* else a trust anchor */
    char given[CONFIG_PATH_BYTES]; /* as it stands in the configuration */
    const char *path;              /* the value of the key, see config_files.h */
};

struct config {
    char file[CONFIG_PATH_BYTES];
    struct {
        char state_dir[CONFIG_PATH_BYTES], listen[256], timezone[64];
        enum log_level log_level;
        enum log_format log_format;
    } bot;
    struct {
        bool there;
        char app_token_file[CONFIG_PATH_BYTES], bot_token_file[CONFIG_PATH_BYTES], team[64],
            channel[64], command[64], api_url[CONFIG_URL_BYTES], ca_file[CONFIG_PATH_BYTES];
    } slack;
    struct {
        bool there;
        char homeserver[CONFIG_URL_BYTES], access_token_file[CONFIG_PATH_BYTES], user[256],
            room[256], prefix[64], ca_file[CONFIG_PATH_BYTES];
        bool rate_limited; /* no: the homeserver makes an exception for us */
    } matrix;
    struct {
        char api_url[CONFIG_URL_BYTES], access_key_file[CONFIG_PATH_BYTES],
            secret_key_file[CONFIG_PATH_BYTES], login_url[CONFIG_URL_BYTES],
            identity_url[CONFIG_URL_BYTES], ca_file[CONFIG_PATH_BYTES];
        ms_t request_timeout;
    } stax;
    struct {
        bool there;
        char smtp_url[CONFIG_URL_BYTES], from[256], username[256], password_file[CONFIG_PATH_BYTES];
    } mail;
    struct policy policy;
    struct people people;
    struct config_file files[CONFIG_FILES]; /* of the sections that are there */
    size_t file_count;
};

#endif
