/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says, as it is understood: the configuration's rows fill it, and everybody
   else reads it. Texts are "" and lists empty where nothing is said. */
#ifndef REGUARD_SETTINGS_H
#define REGUARD_SETTINGS_H

#include "core/err.h"
#include "core/person.h"
#include "core/policy.h"
#include "host/log.h"
#include "port/kind.h"

#include <stdalign.h>

enum {
    CONFIG_PATH_BYTES = SETTING_PATH_BYTES,
    CONFIG_KINDS = 8,             /* of adapters */
    CONFIG_OWN_BYTES = 12 * 1024, /* of an adapter's settings */
    CONFIG_FILES = CONFIG_KINDS * (SETTING_SECRETS + SETTING_LATER + 1) + 1
};

/* A file that the configuration names. */
struct config_file {
    const char *section, *key;
    const char *(*advice)(const char *value, const struct policy *); /* see struct setting */
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
        char url[SETTING_URL_BYTES]; /* of records that instances share; "": they are ours alone */
        char password_file[CONFIG_PATH_BYTES];
    } store;
    struct policy policy;
    struct people people;
    struct config_file files[CONFIG_FILES]; /* of the sections that are there */
    size_t file_count;
    const struct adapter_kind *const *kinds; /* lent; ends with NULL */
    bool there[CONFIG_KINDS];                /* has that one's section */
    struct {
        alignas(max_align_t) unsigned char bytes[CONFIG_OWN_BYTES];
    } own[CONFIG_KINDS]; /* its settings, as its section says */
};

#endif
