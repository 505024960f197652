/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of one section of the configuration file, as rows: each key with its bounds, where
   its value lives, and what can be said of a value that is understood and useless. An adapter's
   section stands in the adapter's folder. */
#ifndef REGUARD_SETTING_H
#define REGUARD_SETTING_H

#include "core/err.h"
#include "core/policy.h"

enum { SETTING_PATH_BYTES = 1024, SETTING_URL_BYTES = 512 };

enum setting_kind {
    SETTING_TEXT,
    SETTING_UNSHOWN,      /* text that is never repeated: a secret may stand there by mistake */
    SETTING_ADDRESS,      /* https */
    SETTING_MAIL_ADDRESS, /* smtp, smtps */
    SETTING_SECRET,       /* path of a file that holds one */
    SETTING_ANCHOR,       /* path of a file with trust anchors */
    SETTING_DURATION,
    SETTING_DURATIONS,
    SETTING_NUMBER,
    SETTING_WORDS,
    SETTING_CHOICE
};

enum setting_home {
    SETTING_OWN,   /* in the section's own struct */
    SETTING_RULE,  /* in struct policy: counts at once after a reload */
    SETTING_PINNED /* in struct policy, and only a new process takes another value */
};

struct setting_choice {
    const char *name; /* NULL ends the list */
    int value;
};
extern const struct setting_choice setting_yes_no[];

struct setting {
    const char *key;
    enum setting_kind kind;
    enum setting_home home;
    size_t offset, bytes; /* where the value lives; bytes of a text */
    /* NULL: must be given when the section is there; in [policy]: it is the provider's to say. */
    const char *fallback;
    int64_t least, most; /* DURATION in ms, NUMBER; texts and paths: least 1 when not empty */
    const struct setting_choice *choices;
    /* What is wrong with a value that cannot do what it is for, and what to do, as a clause; NULL
       for nothing. Of a SETTING_SECRET: with what its file holds, which the clause must not tell.
     */
    const char *(*advice)(const char *value, const struct policy *);
};
#define SETTING_AT(type, member) offsetof(struct type, member), sizeof(((struct type *)0)->member)

enum { SETTING_SECRETS = 2, SETTING_LATER = 3 };
struct setting_section {
    const char *name;
    const struct setting *rows;
    size_t count, bytes; /* bytes of the section's own struct */
    /* Keys of rows that mean the same in every adapter; NULL: it has none. */
    const char *secrets[SETTING_SECRETS]; /* in the order of adapter_ops.renew */
    /* Of rows of SETTING_SECRET, too, which the adapter reads by itself whenever it needs what
       stands there just then: others write them anew. */
    const char *later[SETTING_LATER];
    const char *anchor, *place,
        *word;        /* trust anchors; where it listens; how people call us there */
    const char *ears; /* of a chat: the secret that is for hearing alone; NULL: it has none */
    /* What cannot stand beside something else, or lacks something: false, of which key, and what to
       do as a clause. NULL: any values fit together. */
    bool (*fits)(const void *own, const char **ret_key, struct err *);
};

/* What the rules need of any provider: whose accounts, how often to look, when to give up. Their
   names are the same in every provider's section. */
/* clang-format off */
#define SETTING_OF_PROVIDER(organisation_advice) \
    { "organisation", SETTING_TEXT, SETTING_PINNED, SETTING_AT(policy, organisation), NULL, 1, 0, NULL, organisation_advice }, \
    { "poll_lifted", SETTING_DURATION, SETTING_RULE, SETTING_AT(policy, poll_lifted), "60s", 100, MS_HOUR, NULL, NULL }, \
    { "poll_idle", SETTING_DURATION, SETTING_RULE, SETTING_AT(policy, poll_idle), "10m", 100, MS_DAY, NULL, NULL }, \
    { "poll_task", SETTING_DURATION, SETTING_RULE, SETTING_AT(policy, poll_task), "5s", 100, 10 * MS_MINUTE, NULL, NULL }, \
    { "verify_gap", SETTING_DURATION, SETTING_RULE, SETTING_AT(policy, verify_gap), "10s", 100, 10 * MS_MINUTE, NULL, NULL }, \
    { "lift_gives_up", SETTING_DURATION, SETTING_RULE, SETTING_AT(policy, lift_gives_up), "30m", MS_SECOND, MS_DAY, NULL, NULL }
/* clang-format on */

/* NULL when the section has no such key. */
const struct setting *setting_named(const struct setting_section *, const char *key);
/* A text or path among the section's own values; "" for no such key. own: the section's struct. */
const char *setting_text(const struct setting_section *, const void *own, const char *key);

#endif
