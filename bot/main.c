/* SPDX-License-Identifier: Apache-2.0 */
/* reguard: reads the command line; each sub-command is in cli/. */
#include "cli/bot.h"
#include "cli/print.h"

#include <string.h>

struct options {
    const char *config, *why, *head, *every, *resume;
    bool offline, json, csv, once, help, version;
    const char *words[4];
    int word_count;
};

static const char USAGE[] = "usage: reguard run [-c FILE]\n"
                            "       reguard check [-c FILE] [--offline]\n"
                            "       reguard status [-c FILE] [--json]\n"
                            "       reguard restore [-c FILE] --why TEXT\n"
                            "       reguard witness [-c FILE] [--once | --every DURATION]\n"
                            "       reguard history [N | CASE] [-c FILE] [--json]\n"
                            "       reguard root-users [-c FILE] [--csv | --json] [--resume FILE]\n"
                            "       reguard audit verify [-c FILE] [--head N:HASH]\n"
                            "       reguard audit export [-c FILE]\n"
                            "       reguard audit explain CASE|rules [-c FILE]\n"
                            "       reguard audit accept [-c FILE] --why TEXT\n"
                            "       reguard store copy FROM TO [-c FILE]\n"
                            "       reguard store status [-c FILE] [--json]\n"
                            "       reguard manifest slack | aws | aws-trust | aws-events |\n"
                            "                        aws-events-terraform\n"
                            "       reguard version | --version\n"
                            "       reguard help [SUB-COMMAND] | [SUB-COMMAND] -h | --help\n"
                            "FILE is /etc/reguard/reguard.conf unless given.\n";

static const struct {
    const char *name, *text;
} helps[] = {
    { "run", "The daemon, in the foreground. Tells systemd when it is ready. SIGHUP reads the "
             "configuration and the secrets again; SIGTERM ends it within 5 seconds.\nexit: 0 "
             "stopped, 1 failed, 78 bad configuration" },
    { "check",
      "Every problem of the file at once; then, read-only, whatever `run` needs: secrets, state "
      "folder, port, tokens, channel, people, roles, organisation, root protection, mail, clock; "
      "each problem once, with what to do. --offline: without any network.\nexit: 0 all good, 1 "
      "there "
      "is a problem, 78 bad configuration" },
    { "status",
      "Whether root protection is ON, as the running daemon knows it, or, when none answers, as it "
      "is read just then; and the open requests and windows.\nexit: 0 ON, and read within two "
      "intervals; 1 OFF, unknown or too long ago; 78 bad configuration" },
    { "restore", "Restores root protection without chat: asks the running daemon, or acts itself "
                 "when none runs.\nexit: 0 verified ON, 1 not yet, 78 bad configuration" },
    { "witness",
      "A second pair of eyes on another machine: looks at root protection and at what reguard "
      "itself has said in the chat; where it is OFF and reguard is silent it alarms every Admin "
      "there, "
      "and with on_deadline = restore restores it. It can only raise protection. --once: one "
      "look, for a timer; else one every 60 s, or as --every says.\nexit: 0 ended, with --once "
      "root "
      "protection is ON; 1 it is not, or cannot be read; 78 bad configuration, or a chat that "
      "refuses to be read" },
    { "history",
      "The newest cases, 5 or N of them, or one case with its steps; from the records "
      "alone, with a running daemon and without one.\nexit: 0; 1 no readable records, or "
      "no such case; 78 bad configuration" },
    { "root-users",
      "Of every active member account, whether its root user has a password, access keys or "
      "signing "
      "certificates, with MFA or without, since when and when they were last used: read by a "
      "session of sts:AssumeRoot of at most fifteen minutes for each, which may look and nothing "
      "else; it takes [aws]. --csv and --json: a line for each account. --resume FILE: each answer "
      "is kept there, and what is there of the last day is not asked again.\nexit: 0 every account "
      "was asked, 1 not all of them, 78 bad configuration" },
    { "audit",
      "verify: checks the hash chain and rebuilds every case from it; with --head also whether the "
      "record that stands on a card is in it. export: JSON lines. explain CASE: its story; rules: "
      "what was changed of them. accept: goes on from records that are in doubt, on record.\nexit: "
      "0, 1 "
      "(verify names the first bad record), 78 bad configuration" },
    { "store",
      "copy FROM TO: the records of a state folder into a PostgreSQL database, or of a database "
      "into "
      "a folder, whichever of the two is written like postgresql://user@host/database; the "
      "password "
      "is that of [store]. Every instance has to be ended. Nothing is written over, both sides are "
      "verified, and where the records came from is not gone on from any more; broken off, it is "
      "begun again with the same words. status: where the records are, who leads and since when, "
      "and whether the database keeps a commit and has standbys.\nexit: copy: 0 copied, 1 not; "
      "status: 0 they can be read, and somebody leads; 1 they cannot, or nobody does; 78 bad "
      "configuration" },
    { "manifest",
      "slack: the Slack app manifest, each scope with its reason. aws: the smallest IAM "
      "policy for [aws], each statement named by its reason. aws-trust: the trust policy of a "
      "role for [aws] role_arn. aws-events: what brings root users' events into the queue of [aws] "
      "events_queue, a template of CloudFormation with the reason of each line; "
      "aws-events-terraform: the same for Terraform." },
    { "version", "Which version this is." },
    { "help", "All sub-commands, or one of them." },
};

static int bad_usage(const char *what, const char *word)
{
    print_problem("reguard: %s “%s”\n", what, word);
    print_problem_lines(USAGE);
    return EXIT_BAD_USAGE;
}

/* What is missing behind words that are right so far. */
static int incomplete(const char *what)
{
    print_problem("reguard: %s\n", what);
    print_problem_lines(USAGE);
    return EXIT_BAD_USAGE;
}

static int help(const char *about)
{
    for (size_t i = 0; about && i < COUNT(helps); i++)
        if (str_equal(helps[i].name, about)) {
            print_out("reguard %s\n", about);
            print_lines(helps[i].text);
            print_out("\n");
            return 0;
        }
    if (about)
        return bad_usage("unknown sub-command", about);
    print_lines(USAGE);
    return 0;
}

/* Words and flags in any order. Returns false after a complaint. */
static bool read_options(int argc, char **argv, struct options *o, int *ret_status)
{
    *o = (struct options){ .config = "/etc/reguard/reguard.conf" };
    for (int i = 1; i < argc; i++) {
        bool value = str_equal(argv[i], "-c") || str_equal(argv[i], "--why") ||
                     str_equal(argv[i], "--head") || str_equal(argv[i], "--every") ||
                     str_equal(argv[i], "--resume");
        if (value && i + 1 == argc) {
            *ret_status = bad_usage("a value is missing behind", argv[i]);
            return false;
        }
        if (value && argv[i][1] == 'c')
            o->config = argv[++i];
        else if (value && argv[i][2] == 'h')
            o->head = argv[++i];
        else if (value && argv[i][2] == 'e')
            o->every = argv[++i];
        else if (value && argv[i][2] == 'r')
            o->resume = argv[++i];
        else if (value)
            o->why = argv[++i];
        else if (str_equal(argv[i], "--once"))
            o->once = true;
        else if (str_equal(argv[i], "--offline"))
            o->offline = true;
        else if (str_equal(argv[i], "--json"))
            o->json = true;
        else if (str_equal(argv[i], "--csv"))
            o->csv = true;
        else if (str_equal(argv[i], "--help") || str_equal(argv[i], "-h"))
            o->help = true;
        else if (str_equal(argv[i], "--version"))
            o->version = true;
        else if (argv[i][0] == '-' || o->word_count == COUNT(o->words)) {
            *ret_status = bad_usage(argv[i][0] == '-' ? "unknown flag" : "unexpected", argv[i]);
            return false;
        } else
            o->words[o->word_count++] = argv[i];
    }
    return true;
}

static bool is(const struct options *o, const char *first, const char *second, int words)
{
    return o->word_count == words && str_equal(o->words[0], first) &&
           (!second || str_equal(o->words[1], second));
}

static int run(const struct options *o)
{
    int status;
    if (is(o, "run", NULL, 1))
        return cli_run(o->config);
    if (is(o, "check", NULL, 1))
        return cli_check(o->config, o->offline);
    if (is(o, "status", NULL, 1))
        return cli_status(o->config, o->json);
    if (is(o, "restore", NULL, 1))
        return o->why && o->why[0] ? cli_restore(o->config, o->why)
                                   : incomplete("say why: reguard restore --why TEXT");
    if (is(o, "witness", NULL, 1))
        return cli_witness(o->config, o->once, o->every);
    if (is(o, "history", NULL, 1) || is(o, "history", NULL, 2))
        return cli_history(o->config, o->words[1], o->json);
    if (is(o, "root-users", NULL, 1) && o->csv && o->json)
        return incomplete("say one of --csv and --json");
    if (is(o, "root-users", NULL, 1))
        return cli_root_users(o->config,
                              o->csv    ? ROOT_CSV
                              : o->json ? ROOT_JSON
                                        : ROOT_TABLE,
                              o->resume);
    if (is(o, "audit", "verify", 2))
        return cli_audit_verify(o->config, o->head);
    if (is(o, "audit", "export", 2))
        return cli_audit_export(o->config);
    if (is(o, "audit", "explain", 3))
        return cli_audit_explain(o->config, o->words[2]);
    if (is(o, "audit", "accept", 2))
        return o->why && o->why[0] ? cli_audit_accept(o->config, o->why)
                                   : incomplete("say why: reguard audit accept --why TEXT");
    if (is(o, "audit", "explain", 2))
        return incomplete("say which case: reguard audit explain G-0001");
    if (is(o, "audit", NULL, 1))
        return incomplete("say what: reguard audit verify, export, explain CASE or accept");
    if (is(o, "store", "copy", 4))
        return cli_store_copy(o->config, o->words[2], o->words[3]);
    if (is(o, "store", "status", 2))
        return cli_store_status(o->config, o->json);
    if (is(o, "store", "copy", 2) || is(o, "store", "copy", 3))
        return incomplete("say from where and to where: reguard store copy STATE_FOLDER "
                          "postgresql://user@host/database, or the other way round");
    if (is(o, "store", NULL, 1))
        return incomplete("say what: reguard store copy FROM TO, or status");
    if (is(o, "manifest", NULL, 1))
        return incomplete("say which: reguard manifest slack, aws, aws-trust, aws-events or "
                          "aws-events-terraform");
    if (is(o, "manifest", NULL, 2) && (status = cli_manifest(o->words[1])) >= 0)
        return status;
    if (is(o, "version", NULL, 1))
        return !print_out("reguard %s\n", REGUARD_VERSION);
    if (is(o, "help", NULL, 1) || is(o, "help", NULL, 2))
        return help(o->words[1]);
    if (is(o, "audit", NULL, o->word_count))
        return bad_usage("audit knows no", o->words[1]);
    if (is(o, "manifest", NULL, o->word_count))
        return bad_usage("manifest knows no", o->words[1]);
    if (is(o, "store", NULL, o->word_count))
        return bad_usage("store knows no", o->words[1]);
    if (o->word_count == 0)
        return incomplete("say what to do");
    return bad_usage("unknown sub-command", o->words[0]);
}

int main(int argc, char **argv)
{
    struct options options;
    int status = 0;
    cli_begin(); /* before anything is read */
    if (!read_options(argc, argv, &options, &status))
        return status;
    if (options.version)
        return !print_out("reguard %s\n", REGUARD_VERSION);
    if (options.help)
        return help(options.word_count && !is(&options, "help", NULL, 1) ? options.words[0] : NULL);
    return run(&options);
}
