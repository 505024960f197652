/* SPDX-License-Identifier: Apache-2.0 */
/* What `check` can tell without any network: settings that cannot do what they are for, secrets of
   the wrong kind, the state folder, the address for health. */
#include "cli/bot.h"
#include "cli/check.h"
#include "cli/control.h"
#include "cli/print.h"
#include "config/advice.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOLD_BYTES = 256 * 1024 };

/* ---- what is printed ---- */

void report_init(struct report *r, const struct config *config)
{
    *r = (struct report){ .config = config };
    buf_init(&r->told, TOLD_BYTES);
}

void report_done(struct report *r) { buf_done(&r->told); }

/* False when it was told before; it is known from now on. */
static bool is_news(struct report *r, const char *problem)
{
    CLEANUP(buf_done) struct buf line;
    buf_init(&line, TOLD_BYTES);
    buf_addf(&line, "\n%s\n", problem);
    bool news = !strstr(buf_text(&r->told), buf_text(&line));
    if (news)
        buf_add(&r->told, buf_text(&line));
    return news;
}

static bool print_finding(struct report *r, enum report_mark mark, const char *text)
{
    static const char *const labels[] = { "ok       ", "         ", "risk     ", "PROBLEM  " };
    if (mark == REPORT_PROBLEM && !is_news(r, text))
        return false;
    r->problems += mark == REPORT_PROBLEM;
    return print_out("%s%s\n", labels[mark], text);
}

void report(struct report *r, enum report_mark mark, const char *format, ...)
{
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, TOLD_BYTES);
    va_list args;
    va_start(args, format);
    buf_addv(&text, format, args);
    va_end(args);
    print_finding(r, mark, buf_text(&text));
}

bool report_at(struct report *r, const char *section, const char *key, const char *format, ...)
{
    CLEANUP(buf_done) struct buf text, setting;
    int line = advice_line(r->config, section, key);
    buf_init(&text, TOLD_BYTES);
    buf_init(&setting, TOLD_BYTES);
    buf_addf(&setting, "[%s] %s", section, key);
    if (!str_equal(section, "people") && !is_news(r, buf_text(&setting)))
        return false;
    buf_add(&text, r->config->file);
    if (line)
        buf_addf(&text, ":%d", line);
    buf_addf(&text, ": %s: ", buf_text(&setting));
    va_list args;
    va_start(args, format);
    buf_addv(&text, format, args);
    va_end(args);
    return print_finding(r, REPORT_PROBLEM, buf_text(&text));
}

/* ---- the state folder ---- */

/* As reguard's own user would find it: root may write everywhere, and says nothing about others. */
static bool is_usable(const char *folder, struct err *err)
{
    struct stat st;
    if (stat(folder, &st) != 0)
        return err_set(err,
                       "%s: %s; make it, owned by reguard's user, mode 0700 (the systemd unit "
                       "makes its own)",
                       folder, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return err_set(err, "%s is no folder", folder);
    if (access(folder, R_OK | W_OK | X_OK) != 0)
        return err_set(err, "%s: %s; it must belong to the user that runs reguard, mode 0700",
                       folder, strerror(errno));
    return true;
}

static void check_folder(struct report *r)
{
    struct err err = { "" };
    const char *folder = r->config->bot.state_dir;
    if (is_usable(folder, &err) && store_is_private(folder, &err) && control_fits(folder, &err))
        report(r, REPORT_FINE, "state folder %s", folder);
    else
        report_at(r, "bot", "state_dir", "%s", err.text);
}

/* ---- the address for health ---- */

bool check_daemon_runs(const char *state_dir)
{
    CLEANUP(buf_done) struct buf answer;
    buf_init(&answer, CONTROL_ANSWER_BYTES);
    return control_ask(state_dir, "status", NULL, &answer) != CONTROL_NOBODY;
}

static void check_listen(struct report *r)
{
    struct err err = { "" };
    const char *listen = r->config->bot.listen;
    if (!listen[0])
        return;
    if (httpd_may_listen(listen, &err))
        report(r, REPORT_FINE, "health and metrics can be offered on %s", listen);
    else if (check_daemon_runs(r->config->bot.state_dir))
        report(r, REPORT_FINE, "health and metrics: %s is taken, and a reguard runs here", listen);
    else
        report_at(r, "bot", "listen", "%s", err.text);
}

/* ---- the whole ---- */

static void take_advice(void *arg, const struct advice *a)
{
    report_at(arg, a->section, a->key, "%s", a->text);
}

void check_here(struct report *r)
{
    advice_give(r->config, take_advice, r);
    check_folder(r);
    check_listen(r);
}
