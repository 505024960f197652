/* The configuration file (INI through libinih): every key is a row of a table with its bounds; all
   errors are reported at once. */
#ifndef REGUARD_CONFIG_H
#define REGUARD_CONFIG_H

#include "core/buf.h"
#include "core/err.h"
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

/* Reads and checks the file. False: errors holds one line for each problem, "FILE:LINE: [section]
   key: …". Paths in *_file come out absolute, of a file that is there when there is one; whether it
   can be used is not looked at (config_files.h). ret is large; it is written also on failure. */
bool config_read(const char *file, struct config *ret, struct buf *errors);
/* The same, but only what a restore cannot do without makes it false: the file itself, Stax's
   address, the two keys' files and the organisation. What else is wrong has its fallback. */
bool config_read_for_restore(const char *file, struct config *ret, struct buf *errors);

#endif
