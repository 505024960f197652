/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a running bot, put together from a configuration: used by `run`, `restore` without a
   daemon, and `check`. */
#ifndef REGUARD_CLI_BOT_H
#define REGUARD_CLI_BOT_H

#include "cli/follow.h"
#include "cli/reach.h"
#include "cli/roots.h"
#include "config/config.h"
#include "core/version.h"
#include "engine/engine.h"
#include "net/http.h"
#include "net/httpd.h"
#include "net/trust.h"
#include "store/shared.h"

/* Long enough for close frames to leave, short enough for the five seconds that a stop may take. */
enum { BOT_GOODBYE_MS = 300 };
enum { BOT_ERRORS_BYTES = 64 * 1024 };
enum { EXIT_BAD_USAGE = 64, EXIT_BAD_CONFIG = 78 };

struct bot {
    struct config *config;
    struct loop *loop;
    struct http *http;
    struct store *store;
    struct shared *shared; /* what its records are a copy of; NULL: they are ours alone */
    char instance[SHARED_NAME_BYTES]; /* this process, for whoever asks who leads */
    struct err lost;                  /* why the store cannot be written, "" when it can */
    struct engine engine;
    struct httpd *httpd;
    struct adapter *adapters[CONFIG_KINDS]; /* each at the place of its kind; NULL: there is none */
    struct bot_keeping {
        struct bot *bot;
        const char *name;
    } keeping[CONFIG_KINDS]; /* as the adapters know it */
    struct venue venues[CONFIG_KINDS];
    struct trust_version anchors[CONFIG_KINDS]; /* as they were read last; see reload.c */
    bool leads, let_others_go, asked_to_stop;
    void (*lease_lost)(struct bot *);
    struct reach reach;
    struct follow follow;                /* while it does not lead */
    char standby_why[LIMIT_ERROR_BYTES]; /* why it does not lead, as told last */
    struct loop_timer stop_timer, settle_timer, watchdog_timer, standby_timer;
    ms_t watchdog_every_ms;
    uint64_t settled_events; /* handled when memory was last given back */
    bool has_settled;
    int exit_status;
    bool config_lent, loop_lent; /* they outlive the bot */
    bool raises_only;            /* the provider can be read and raised, and nothing else */
    bool deaf;                   /* the chats: they are read and posted to, and nobody is heard */
    bool borrows;                /* somebody else serves the chats with the same secrets */
    bool reads_kept;             /* and keeps them in shared records, which are only read */
    bool renders_only;           /* the chats: they are never started and need no token */
    ms_t started_ms;
};

/* Reads the configuration and changes nothing in this process. NULL on errors, which are added, one
   a line. The caller frees. */
struct config *bot_read_config(const char *file, struct buf *errors);
/* How this process logs and writes times from now on. */
void bot_use(struct config *);
/* Reads the configuration and uses it; prints every error to stderr. NULL on errors. The caller
 * frees. */
struct config *bot_config(const char *file);
/* For `restore`, which needs little of it: every error is printed, and stops nothing that can do
   without. */
struct config *bot_config_for_restore(const char *file);
/* For a process that hears nobody, with the files of its provider and its chats alone. */
struct config *bot_config_without_ears(const char *file);
/* The files that it names can be used; of one section, or of all for NULL. Prints every error. */
bool bot_files_are_fine(const struct config *, const char *section);
/* Both: for whoever is about to use all of them. */
struct config *bot_config_and_files(const char *file);
/* Logs what it has that cannot do what it is for (config/advice.h); it stops nothing. */
void bot_log_useless(const struct config *);
/* Loop and HTTP client. */
bool bot_init(struct bot *, struct config *, struct err *);
/* The same on a loop that is there already, lent: one process has one (libwebsockets leaves
   something behind of each but the last). NULL: it has its own. */
bool bot_init_on(struct bot *, struct config *, struct loop *lent, struct err *);
/* The adapters whose sections are there, putting events into that inbox. Their secrets are read
   here. A chat goes on where the store says; without a store it begins anew, and changes nothing by
   itself. */
bool bot_make_all(struct bot *, struct inbox *, struct err *);
/* Only those with that role. */
bool bot_make(struct bot *, enum adapter_role, struct inbox *, struct err *);
/* What there is of that role, the first of them; NULL for none. */
struct adapter *bot_adapter(const struct bot *, enum adapter_role);
/* The chats are only rendered for: what there is to say waits in the store for the next daemon. */
void bot_add_silent_chats(struct bot *);
/* Store and engine on it. */
bool bot_open(struct bot *, struct err *);
/* The same on shared records, once the lease is ours. */
bool bot_open_shared(struct bot *, struct err *);
/* The same, in memory when the file cannot be used: `lost` says why then. False when another
   process has it, or a newer reguard. */
bool bot_open_anyhow(struct bot *, struct err *);
/* The key for mailed codes, when the configuration asks for codes and it is not there yet. Without
   a usable one everything but codes goes on. */
void bot_keep_code_key(struct bot *);
/* The engine on the bot's store, with every command. */
bool bot_make_engine(struct bot *, struct err *);
/* Stops adapters, frees everything in the right order. */
void bot_done(struct bot *);

/* First of all, for every sub-command: what it will read must not end in a core dump, nor be read
   by another process. */
void cli_begin(void);

int cli_run(const char *config_file);
int cli_check(const char *config_file, bool offline);
int cli_status(const char *config_file, bool json);
/* "the guardrail is unknown: WHY", by the word of the running daemon. False when none answers. */
bool status_of_daemon(const struct config *, struct buf *words);
/* once: one look; else one every that often (a duration, NULL for a minute), until the process is
   ended. */
int cli_witness(const char *config_file, bool once, const char *every);
int cli_restore(const char *config_file, const char *why);
/* which: a number of cases, a case, or NULL. */
int cli_history(const char *config_file, const char *which, bool json);
/* head: a record as it was seen elsewhere, "N:HASH", or NULL. */
int cli_audit_verify(const char *config_file, const char *head);
int cli_audit_accept(const char *config_file, const char *why);
int cli_audit_export(const char *config_file);
int cli_audit_explain(const char *config_file, const char *case_id);
/* Each a state folder or a URL of shared records; one of each. */
int cli_store_copy(const char *config_file, const char *from, const char *to);
int cli_store_status(const char *config_file, bool json);
/* form: how it is printed. resume: the file that answers are kept in, or NULL. */
int cli_root_users(const char *config_file, enum root_form form, const char *resume);
/* Negative when there is none of that name. */
int cli_manifest(const char *name);

#endif
