/* SPDX-License-Identifier: Apache-2.0 */
/* The bot as the sandbox's child: started, killed and started again on request. Its log is read
   through a pipe, so that the page has each line at once and the file stays bounded. */
#include "tests/sandbox/page/bot.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/page/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    LOG_LINES = 500,
    LOG_LINE_MAX = 2000,
    LOG_FILE_MAX = 8 * 1024 * 1024,
    END_PATIENCE_MS = 5000,
    END_STEP_MS = 10,
    BOT_PATH_MAX = 4096
};

static struct {
    char program[BOT_PATH_MAX], config[BOT_PATH_MAX], log_path[BOT_PATH_MAX];
    pid_t pid;    /* 0: does not run */
    int fd, file; /* -1: closed */
    int starts;
    size_t file_bytes;
    char ended[64];              /* how the last one ended */
    char line[LOG_LINE_MAX + 1]; /* the one under way */
    size_t line_bytes;
    char *lines[LOG_LINES];
    uint64_t line_count; /* ever */
} bot = { .fd = -1, .file = -1 };

/* ---- the log ---- */

static void add_line(const char *text)
{
    char **slot = &bot.lines[bot.line_count++ % LOG_LINES];
    free(*slot);
    *slot = strdup(text);
}

static void write_file(const char *text, size_t bytes)
{
    if (bot.file < 0)
        return;
    if (bot.file_bytes + bytes > LOG_FILE_MAX && ftruncate(bot.file, 0) == 0) {
        bot.file_bytes = 0;
        add_line("(the log file was begun anew: it had grown too long)");
    }
    ssize_t wrote = write(bot.file, text, bytes);
    bot.file_bytes += wrote > 0 ? (size_t)wrote : 0;
}

static void take_text(const char *text, size_t bytes)
{
    write_file(text, bytes);
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] != '\n' && bot.line_bytes < LOG_LINE_MAX)
            bot.line[bot.line_bytes++] = text[i];
        if (text[i] != '\n')
            continue;
        bot.line[bot.line_bytes] = '\0';
        add_line(bot.line);
        bot.line_bytes = 0;
    }
}

static void read_log(void)
{
    char text[16 * 1024];
    ssize_t got = 1;
    while (bot.fd >= 0 && (got = read(bot.fd, text, sizeof text)) > 0)
        take_text(text, (size_t)got);
    if (bot.fd >= 0 && got == 0) {
        close(bot.fd);
        bot.fd = -1;
    }
}

json_t *page_bot_log(uint64_t *seen, uint64_t *ret_skipped)
{
    uint64_t first = bot.line_count > LOG_LINES ? bot.line_count - LOG_LINES : 0;
    *ret_skipped = first > *seen ? first - *seen : 0;
    if (*seen == bot.line_count)
        return NULL;
    json_t *list = json_array();
    for (uint64_t n = *seen > first ? *seen : first; n < bot.line_count; n++) {
        const char *text = bot.lines[n % LOG_LINES];
        json_t *line = text ? json_string(text) : NULL;
        json_array_append_new(list, line ? line : json_string("(a line that is not UTF-8)"));
    }
    *seen = bot.line_count;
    return list;
}

/* ---- life ---- */

static void tell_end(int status)
{
    if (WIFSIGNALED(status))
        snprintf(bot.ended, sizeof bot.ended, "%s",
                 WTERMSIG(status) == SIGKILL ? "killed (kill -9)" : "ended by a signal");
    else
        snprintf(bot.ended, sizeof bot.ended, "stopped with exit code %d", WEXITSTATUS(status));
    char line[128];
    snprintf(line, sizeof line, "── the bot was %s ──", bot.ended);
    add_line(line);
    sandbox_changed();
}

static void reap(void)
{
    int status = 0;
    if (bot.pid <= 0 || waitpid(bot.pid, &status, WNOHANG) != bot.pid)
        return;
    read_log();
    if (bot.fd >= 0)
        close(bot.fd);
    bot.fd = -1;
    bot.pid = 0;
    bot.line_bytes = 0;
    tell_end(status);
}

static const char *start(void)
{
    const char *const arguments[PAGE_ARGUMENTS] = { bot.program, "run", "-c", bot.config };
    if (bot.pid > 0)
        return "the bot runs already";
    pid_t pid = page_child_start(arguments, &bot.fd);
    if (pid < 0)
        return "the bot could not be started";
    bot.pid = pid;
    bot.starts++;
    add_line("── the bot was started ──");
    sandbox_changed();
    return NULL;
}

/* "start", "kill" (SIGKILL) or "stop" (SIGTERM). NULL when done, else why not (static). */
static const char *do_with_bot(const char *word)
{
    if (!bot.program[0])
        return "the bot is not the sandbox's child: --bot was not given";
    reap();
    if (word && strcmp(word, "start") == 0)
        return start();
    bool by_force = word && strcmp(word, "kill") == 0;
    if (!by_force && (!word || strcmp(word, "stop") != 0))
        return "\"do\" must be start, kill or stop";
    if (bot.pid <= 0)
        return "the bot does not run";
    kill(bot.pid, by_force ? SIGKILL : SIGTERM);
    return NULL;
}

static json_t *state(void *self)
{
    (void)self;
    if (!bot.program[0])
        return json_null();
    return json_pack("{s:b, s:i, s:i, s:s}", "running", bot.pid > 0, "pid", (int)bot.pid, "starts",
                     bot.starts, "ended", bot.ended);
}

void page_bot_tick(void)
{
    read_log();
    reap();
}

void page_bot_begin(const char *program, const char *dir)
{
    snprintf(bot.program, sizeof bot.program, "%s", program);
    snprintf(bot.config, sizeof bot.config, "%s/reguard-aws.conf", dir);
    snprintf(bot.log_path, sizeof bot.log_path, "%s/bot.log", dir);
    bot.file = open(bot.log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (bot.file < 0)
        fprintf(stderr, "reguard-sandbox: %s: %s\n", bot.log_path, strerror(errno));
    const char *why = start();
    if (why)
        fprintf(stderr, "reguard-sandbox: %s\n", why);
}

void page_bot_end(void)
{
    if (bot.pid > 0)
        kill(bot.pid, SIGTERM);
    for (int waited = 0; bot.pid > 0 && waited < END_PATIENCE_MS; waited += END_STEP_MS) {
        nanosleep(&(struct timespec){ .tv_nsec = END_STEP_MS * 1000000L }, NULL);
        page_bot_tick();
    }
    if (bot.pid > 0) {
        kill(bot.pid, SIGKILL);
        waitpid(bot.pid, NULL, 0);
    }
    if (bot.fd >= 0)
        close(bot.fd);
    if (bot.file >= 0)
        close(bot.file);
    for (size_t i = 0; i < LOG_LINES; i++)
        free(bot.lines[i]);
}

/* ---- what is handed to main ---- */

static void control(void *self, const struct control_call *call)
{
    const char *why = do_with_bot(json_string_value(json_object_get(call->body, "do")));
    if (why)
        control_fail(call->reply, 400, why);
    else
        web_reply_json(call->reply, 200, json_pack("{s:o}", "bot", state(self)));
}

static const struct control_row calls[] = {
    { "POST", "bot", control },
    { NULL, NULL, NULL },
};

struct service page_bot_service(void)
{
    return (struct service){ .calls = calls, .name = "bot", .state = state };
}
