/* SPDX-License-Identifier: Apache-2.0 */
/* What the sandbox leaves in its folder, so that the bot can be started at once: configuration,
   secrets, trust anchor, ports. */
#include "tests/sandbox/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_PATH_MAX = 4096 };

static bool complain(const char *path)
{
    fprintf(stderr, "reguard-sandbox: %s: %s\n", path, strerror(errno));
    return false;
}

static bool path_of(char path[FOLDER_PATH_MAX], const char *dir, const char *name,
                    const char *suffix)
{
    int wrote = snprintf(path, FOLDER_PATH_MAX, "%s/%s%s", dir, name, suffix);
    if (wrote > 0 && wrote < FOLDER_PATH_MAX)
        return true;
    errno = ENAMETOOLONG;
    return complain(dir);
}

/* A whole new file under that name, or the old one: a reader never sees half of it. */
static bool write_file(const char *dir, const char *name, mode_t mode, const char *text)
{
    char path[FOLDER_PATH_MAX], fresh[FOLDER_PATH_MAX];
    if (!path_of(path, dir, name, "") || !path_of(fresh, dir, name, ".new"))
        return false;
    unlink(fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return complain(fresh);
    size_t bytes = strlen(text);
    bool ok = write(fd, text, bytes) == (ssize_t)bytes;
    ok = close(fd) == 0 && ok;
    return (ok && rename(fresh, path) == 0) || complain(path);
}

static const struct {
    const char *name, *value;
} secrets[] = {
    { "slack-app-token", "xapp-1-A0REGUARD-sandbox-app-token" },
    { "slack-bot-token", "xoxb-sandbox-bot-token" },
    { "matrix-token", "syt_sandbox_bot_token" },
    { "matrix-refresh-token", "syr_sandbox_bot_refresh_token" },
    { "stax-access-key", "11111111-2222-3333-4444-555555555555" },
    { "stax-secret-key", "abcdefghijklmnopqrstuvwxyz012345" },
    { "aws-secret-access-key", "sandbox/Secret+Access+Key/of+reguard/aws" },
    { "aws-external-id", "sandbox-external-id:of+reguard" },
    { "aws-web-identity-token", "eyJhbGciOi.sandboxIdentity.0001" },
    { "aws-container-token", "sandbox-container-token/of=reguard" },
    { "aws-session-secret-key", "sandbox/Secret+Access+Key/of+a+session/0" },
    { "aws-session-token", "sandboxSessionToken//of+reguard+which+lasts+longer+than+the+others==" },
};

static bool write_secrets(const char *dir)
{
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        if (!write_file(dir, secrets[i].name, 0600, secrets[i].value))
            return false;
    return true;
}

/* Short intervals and windows, so that a whole case takes seconds. In each part 1 is the folder, 2
   the TLS port, 3 the organisation, 4 the mail server's port. */
static const char configuration_bot[] = "# Written by reguard-sandbox at each start.\n"
                                        "[bot]\n"
                                        "state_dir = %1$s/state\n"
                                        "listen =\n"
                                        "\n";

static const char configuration_slack[] = "[slack]\n"
                                          "app_token_file = slack-app-token\n"
                                          "bot_token_file = slack-bot-token\n"
                                          "team = T0SANDBOX\n"
                                          "channel = C0ROOTOPS\n"
                                          "command = /reguard\n"
                                          "api_url = https://localhost:%2$d/api/\n"
                                          "ca_file = %1$s/ca.pem\n"
                                          "\n";

static const char configuration_matrix[] = "[matrix]\n"
                                           "homeserver = https://localhost:%2$d\n"
                                           "access_token_file = matrix-token\n"
                                           "user = @reguard:sandbox.local\n"
                                           "room = !room0sandbox:sandbox.local\n"
                                           "prefix = !reguard\n"
                                           "rate_limited = no\n"
                                           "ca_file = %1$s/ca.pem\n"
                                           "\n";

static const char configuration_rest[] = "[stax]\n"
                                         "api_url = https://localhost:%2$d\n"
                                         "login_url = https://localhost:%2$d/cognito-idp/\n"
                                         "identity_url = https://localhost:%2$d/cognito-identity/\n"
                                         "ca_file = %1$s/ca.pem\n"
                                         "access_key_file = stax-access-key\n"
                                         "secret_key_file = stax-secret-key\n"
                                         "organisation = %3$s\n"
                                         "poll_lifted = 1s\n"
                                         "poll_idle = 2s\n"
                                         "poll_task = 200ms\n"
                                         "verify_gap = 300ms\n"
                                         "\n"
                                         "[policy]\n"
                                         "approvals = 1\n"
                                         "approve_with = reaction button command\n"
                                         "min_window = 1s\n"
                                         "default_window = 2m\n"
                                         "max_window = 10m\n"
                                         "request_expires = 5m\n"
                                         "mailbox_proof = confirm\n"
                                         "remind_pending = 20s 40s\n"
                                         "warn_before = 20s\n"
                                         "remind_overdue = 0s 10s 20s 30s\n"
                                         "watch_after = 10s\n"
                                         "\n"
                                         "[mail]\n"
                                         "smtp_url = smtp://127.0.0.1:%4$d\n"
                                         "from = reguard@example.com\n"
                                         "\n";

static const char configuration_aws[] =
    "[aws]\n"
    "region = eu-central-1\n"
    "access_key_id = AKIASANDBOX000000001\n"
    "secret_access_key_file = aws-secret-access-key\n"
    "events_queue = https://sqs.eu-central-1.amazonaws.com/111122223333/reguard-root-events\n"
    "sts_url = https://localhost:%2$d/aws/sts.eu-central-1.amazonaws.com\n"
    "iam_url = https://localhost:%2$d/aws/iam.amazonaws.com\n"
    "sqs_url = https://localhost:%2$d/aws/sqs.eu-central-1.amazonaws.com\n"
    "s3_url = https://localhost:%2$d/aws/s3.eu-central-1.amazonaws.com\n"
    "ca_file = %1$s/ca.pem\n"
    "\n";

static const struct {
    const char *stax, *slack, *matrix;
} mapped[] = {
    { "ana@example.com", "slack:U0ANA0001", "matrix:@ana:sandbox.local" },
    { "ben@example.com", "slack:U0BEN0001", "matrix:@ben:sandbox.local" },
    { "cleo@example.com", "slack:U0CLEO001", "matrix:@cleo:sandbox.local" },
    { "dan@example.com", "slack:U0DAN0001", "matrix:@dan:sandbox.local" },
};

/* The formats are all above, and use what they want of the four. */
static void write_part(FILE *out, const struct folder *f, const char *dir, const char *part)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    fprintf(out, part, dir, f->port, f->organisation, f->smtp_port); /* NOLINT */
#pragma GCC diagnostic pop
}

enum { SLACK = 1, MATRIX = 2, AWS = 4 };

static bool write_configuration(const struct folder *f, const char *dir, const char *name,
                                unsigned parts)
{
    bool slack = parts & SLACK, matrix = parts & MATRIX;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        return complain(dir);
    write_part(out, f, dir, configuration_bot);
    if (slack)
        write_part(out, f, dir, configuration_slack);
    if (matrix)
        write_part(out, f, dir, configuration_matrix);
    write_part(out, f, dir, configuration_rest);
    if (parts & AWS)
        write_part(out, f, dir, configuration_aws);
    fputs("[people]\n", out);
    for (size_t i = 0; i < sizeof mapped / sizeof *mapped; i++)
        fprintf(out, "%s =%s%s%s%s\n", mapped[i].stax, slack ? " " : "",
                slack ? mapped[i].slack : "", matrix ? " " : "", matrix ? mapped[i].matrix : "");
    fclose(out);
    bool ok = write_file(f->dir, name, 0600, text);
    free(text);
    return ok;
}

static bool write_configurations(const struct folder *f, const char *dir)
{
    return write_configuration(f, dir, "reguard.conf", SLACK) &&
           write_configuration(f, dir, "reguard-matrix.conf", MATRIX) &&
           write_configuration(f, dir, "reguard-both.conf", SLACK | MATRIX) &&
           write_configuration(f, dir, "reguard-aws.conf", SLACK | MATRIX | AWS);
}

static bool make_folder(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST || complain(path);
}

bool folder_write(const struct folder *f, const struct certificate *certificate)
{
    char state[FOLDER_PATH_MAX], ready[FOLDER_PATH_MAX];
    if (!make_folder(f->dir) || !path_of(state, f->dir, "state", "") || !make_folder(state) ||
        !path_of(ready, f->dir, "sandbox.json", ""))
        return false;
    unlink(ready); /* of an earlier run: its ports are not ours */
    char *dir = realpath(f->dir,
                         NULL); /* the configuration must hold wherever the bot is started */
    bool ok = (dir || complain(f->dir)) &&
              write_file(f->dir, "ca.pem", 0644, certificate->authority) && write_secrets(f->dir) &&
              write_configurations(f, dir);
    free(dir);
    return ok;
}

bool folder_ready(const struct folder *f)
{
    char line[512], page[256] = "";
    if (f->page)
        snprintf(page, sizeof page, ",\"page\":\"%s\"", f->page);
    snprintf(line, sizeof line, "{\"port\":%d,\"plain_port\":%d,\"smtp_port\":%d,\"pid\":%ld%s}\n",
             f->port, f->plain_port, f->smtp_port, (long)getpid(), page);
    /* The page's address has its token in it. */
    return write_file(f->dir, "sandbox.json", f->page ? 0600 : 0644, line) &&
           fputs(line, stdout) >= 0 && fflush(stdout) == 0;
}
