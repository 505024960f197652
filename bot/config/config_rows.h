/* Inside the configuration's rooms only: one row for each key, with its bounds, where its value
   lives, and what a running process does with another value. */
#ifndef REGUARD_CONFIG_ROWS_H
#define REGUARD_CONFIG_ROWS_H

#include "config/settings.h"

enum config_kind {
    CONFIG_TEXT,
    CONFIG_ADDRESS,      /* https */
    CONFIG_MAIL_ADDRESS, /* smtp, smtps */
    CONFIG_PATH,
    CONFIG_DURATION,
    CONFIG_DURATIONS,
    CONFIG_NUMBER,
    CONFIG_WORDS,
    CONFIG_CHOICE
};

struct config_choice {
    const char *name;
    int value;
};

struct config_row {
    const char *section, *key;
    enum config_kind kind;
    size_t offset, bytes; /* where the value lives; bytes of a text */
    const char *fallback; /* NULL: must be given when the section is there */
    int64_t least,
        most; /* DURATION in ms, NUMBER; texts and PATH: least 1 when it must not be empty */
    const struct config_choice *choices;
};

enum { CONFIG_ROWS = 55 };
extern const struct config_row config_rows[CONFIG_ROWS];

#endif
