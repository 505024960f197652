/* SPDX-License-Identifier: Apache-2.0 */
/* reguard-sandbox: Slack, Matrix, Stax and AWS on loopback, for the demo and
   the tests. Wiring only. */
#include "tests/sandbox/aws/aws.h"
#include "tests/sandbox/aws/control.h"
#include "tests/sandbox/control/control.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/control/issued.h"
#include "tests/sandbox/control/requests.h"
#include "tests/sandbox/folder.h"
#include "tests/sandbox/mail/smtp.h"
#include "tests/sandbox/matrix/matrix.h"
#include "tests/sandbox/page/audit.h"
#include "tests/sandbox/page/bot.h"
#include "tests/sandbox/page/page.h"
#include "tests/sandbox/slack/slack.h"
#include "tests/sandbox/stax/stax.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 64, UUID_LENGTH = 36 };

static void on_signal(int number)
{
    (void)number;
    web_stop();
}

static int usage(void)
{
    fputs("usage: reguard-sandbox --dir DIR [--port N] [--plain-port N] [--smtp-port N] "
          "[--organisation-id UUID]\n"
          "                       [--bot PATH] [--page-port N] [--certificate of-another|ended]\n",
          stderr);
    return EXIT_USAGE;
}

static bool read_port(const char *text, int *port)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);
    if (end == text || *end || value < 0 || value > 65535)
        return false;
    *port = (int)value;
    return true;
}

static bool is_uuid(const char *text)
{
    return strlen(text) == UUID_LENGTH && strspn(text, "0123456789abcdef-") == UUID_LENGTH;
}

struct arguments {
    struct folder folder;
    const char *bot;
    int page_port; /* -1: no page */
    enum certificate_fault fault;
};

static bool read_fault(const char *text, enum certificate_fault *fault)
{
    *fault = strcmp(text, "ended") == 0 ? CERTIFICATE_ENDED : CERTIFICATE_OF_ANOTHER;
    return *fault == CERTIFICATE_ENDED || strcmp(text, "of-another") == 0;
}

static bool read_arguments(int count, char **arguments, struct arguments *a)
{
    static const struct option options[] = {
        { "dir", required_argument, NULL, 'd' },
        { "port", required_argument, NULL, 'p' },
        { "plain-port", required_argument, NULL, 'n' },
        { "smtp-port", required_argument, NULL, 's' },
        { "organisation-id", required_argument, NULL, 'o' },
        { "bot", required_argument, NULL, 'b' },
        { "page-port", required_argument, NULL, 'g' },
        { "certificate", required_argument, NULL, 'c' },
        { 0 },
    };
    struct folder *f = &a->folder;
    bool ok = true;
    for (int option; ok && (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        switch (option) {
        case 'd': f->dir = optarg; break;
        case 'p': ok = read_port(optarg, &f->port); break;
        case 'n': ok = read_port(optarg, &f->plain_port); break;
        case 's': ok = read_port(optarg, &f->smtp_port); break;
        case 'o': f->organisation = optarg, ok = is_uuid(optarg); break;
        case 'b': a->bot = optarg; break;
        case 'c': ok = read_fault(optarg, &a->fault); break;
        case 'g': ok = read_port(optarg, &a->page_port); break;
        default: ok = false;
        }
    }
    return ok && f->dir && optind == count;
}

enum { SERVICES = 6 };
struct sandbox {
    struct slackd *slack;
    struct matrixd *matrix;
    struct staxd *stax;
    struct awsd *aws;
    struct smtp *smtp;
    struct service list[SERVICES];
    struct services services;
};

static bool start_services(struct sandbox *s, const struct folder *f)
{
    char tls[64], plain[64];
    snprintf(tls, sizeof tls, "https://localhost:%d", f->port);
    snprintf(plain, sizeof plain, "http://127.0.0.1:%d", f->plain_port);
    s->stax = staxd_new(f->organisation);
    s->slack = slackd_new(tls, plain);
    s->matrix = matrixd_new();
    s->aws = awsd_new();
    if (!s->stax || !s->slack || !s->matrix || !s->aws)
        return false;
    s->list[0] = slackd_service(s->slack);
    s->list[1] = matrixd_service(s->matrix);
    s->list[2] = staxd_service(s->stax);
    s->list[3] = smtp_service(s->smtp);
    s->list[4] = page_bot_service();
    s->list[5] = awsd_service(s->aws);
    s->services = (struct services){ s->list, SERVICES };
    struct web_service control = control_web(&s->services);
    web_offer(WEB_SERVICES, &control);
    for (size_t i = 0; i < SERVICES; i++)
        web_offer(WEB_SERVICES, &s->list[i].web);
    return true;
}

/* The page is there before the folder says so. */
static bool start_page(const struct sandbox *s, struct arguments *a)
{
    if (a->page_port < 0)
        return true;
    struct web_service page = page_web();
    bool ok = web_open_page(&a->page_port) && page_begin(a->page_port, &s->services);
    web_offer(WEB_PAGE, &page);
    a->folder.page = page_address();
    return ok;
}

static bool start_bot(const struct sandbox *s, const struct arguments *a)
{
    char *program = a->bot ? realpath(a->bot, NULL) : NULL,
         *dir = a->bot ? realpath(a->folder.dir, NULL) : NULL;
    bool ok = !a->bot || (program && dir);
    if (a->bot && ok) {
        awsd_furnish(s->aws);
        page_audit_begin(program, dir);
        page_bot_begin(program, dir);
        page_tick_start();
    } else if (!ok)
        fprintf(stderr, "reguard-sandbox: %s is not there\n", a->bot);
    free(program);
    free(dir);
    return ok;
}

/* Returns once a signal has come; false when the start failed. */
static bool serve(struct sandbox *s, struct arguments *a, const struct certificate *certificate)
{
    struct folder *f = &a->folder;
    sandbox_issued_to(f->dir);
    s->smtp = smtp_start(f->smtp_port, &f->smtp_port);
    if (!s->smtp) {
        fputs("reguard-sandbox: the mail server could not be started\n", stderr);
        return false;
    }
    if (!web_open(certificate, &f->port, &f->plain_port) || !folder_write(f, certificate) ||
        !start_services(s, f) || !start_page(s, a))
        return false;
    if (!start_bot(s, a) || !folder_ready(f))
        return false;
    web_run();
    return true;
}

int main(int count, char **arguments)
{
    struct arguments given = { .folder.organisation = "5c1d0000-0000-4000-8000-000000000000",
                               .page_port = -1 };
    struct certificate certificate = { 0 };
    struct sandbox sandbox = { 0 };
    if (!read_arguments(count, arguments, &given))
        return usage();
    signal(SIGPIPE, SIG_IGN);
    struct sigaction stop = { .sa_handler = on_signal };
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    bool ok = certificate_make(&certificate, given.fault) && serve(&sandbox, &given, &certificate);
    page_bot_end();
    page_end();
    web_close();
    slackd_free(sandbox.slack);
    matrixd_free(sandbox.matrix);
    staxd_free(sandbox.stax);
    awsd_free(sandbox.aws);
    smtp_stop(sandbox.smtp);
    faults_clear();
    requests_clear();
    certificate_done(&certificate);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
