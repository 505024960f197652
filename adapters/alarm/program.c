/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/alarm/program.h"
#include "core/policy.h"
#include "core/xalloc.h"
#include "host/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whoever waits for what comes of it waits for 20 s. */
static const ms_t RUNS_MS = 15 * MS_SECOND, LOOKS_EVERY_MS = 100;
enum { FIRST_FREE_FD = 3, PLACE_BYTES = 512 };

struct text {
    uint64_t effect_id;
    char path[PLACE_BYTES];
    struct buf text;
};

struct program {
    struct adapter adapter;
    struct loop *loop;
    struct inbox *inbox;
    const struct policy *policy;
    struct text *queue[LIMIT_ALARM_RUNS];
    size_t count;
    pid_t pid; /* 0: none runs */
    ms_t left_ms;
    struct loop_timer look;
};

/* ---- whether it may be run ---- */

static bool is_trusted(const struct stat *st)
{
    return (st->st_uid == 0 || st->st_uid == geteuid()) && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* A file by an absolute path that this process may execute, and that nobody but its owner (root, or
   who runs this process) may write to, nor put another in its place. */
static bool program_is_fine(const char *path, struct err *err)
{
    struct stat file, folder;
    char place[PLACE_BYTES];
    const char *name = strrchr(path, '/');
    if (path[0] != '/' || !name[1] || !STR_SET(place, path))
        return err_set(err, "%s is no absolute path of a program", path);
    place[name == path ? 1 : name - path] = '\0';
    if (stat(path, &file) != 0 || stat(place, &folder) != 0)
        return err_set(err, "%s: %s", path, strerror(errno));
    if (!S_ISREG(file.st_mode) || access(path, X_OK) != 0)
        return err_set(err, "%s is no file that reguard's user may execute", path);
    bool others = (folder.st_mode & S_ISVTX) && is_trusted(&file);
    if (!is_trusted(&file) || (!is_trusted(&folder) && !others))
        return err_set(err,
                       "%s, or its folder, belongs to somebody else than root or reguard's user, "
                       "or others may write to it; chmod go-w",
                       path);
    return true;
}

bool program_probe(struct adapter *adapter, struct err *err)
{
    const char *path = ((struct program *)adapter)->policy->alarm_command;
    return !path[0] || program_is_fine(path, err);
}

/* ---- running it ---- */

/* A pipe that holds the text already: nobody has to wait for its reader. What does not fit is left
   out. -1: there is none. */
static int text_to_read(const struct buf *text)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    ssize_t written = write(ends[1], text->text, text->bytes);
    int flags = fcntl(ends[0], F_GETFL);
    close(ends[1]);
    if (written >= 0 && flags >= 0 && fcntl(ends[0], F_SETFL, flags & ~O_NONBLOCK) == 0)
        return ends[0];
    close(ends[0]);
    return -1;
}

static int prepare(posix_spawn_file_actions_t *files, posix_spawnattr_t *how, int input)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int wrong = posix_spawn_file_actions_adddup2(files, input, STDIN_FILENO);
    if (!wrong)
        wrong = posix_spawn_file_actions_addopen(files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!wrong)
        wrong = posix_spawn_file_actions_adddup2(files, STDOUT_FILENO, STDERR_FILENO);
    if (!wrong)
        wrong = posix_spawn_file_actions_addclosefrom_np(files, FIRST_FREE_FD);
    if (!wrong)
        wrong = posix_spawn_file_actions_addchdir_np(files, "/");
    if (!wrong)
        wrong = posix_spawnattr_setflags(how, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                                  POSIX_SPAWN_SETSIGDEF);
    if (!wrong)
        wrong = posix_spawnattr_setsigmask(how, &none);
    return wrong ? wrong : posix_spawnattr_setsigdefault(how, &all);
}

static int spawn(const struct text *t, int input, pid_t *ret)
{
    static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", language[] = "LANG=C.UTF-8";
    char *words[] = { (char *)(uintptr_t)t->path, NULL }, *environment[] = { path, language, NULL };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    int wrong = posix_spawn_file_actions_init(&files);
    if (wrong)
        return wrong;
    wrong = posix_spawnattr_init(&how);
    if (!wrong) {
        wrong = prepare(&files, &how, input);
        if (!wrong)
            wrong = posix_spawn(ret, t->path, &files, &how, words, environment);
        posix_spawnattr_destroy(&how);
    }
    posix_spawn_file_actions_destroy(&files);
    return wrong;
}

static bool begin(struct program *p, struct err *err)
{
    const struct text *t = p->queue[0];
    if (!program_is_fine(t->path, err))
        return false;
    int input = text_to_read(&t->text);
    int wrong = input < 0 ? errno : spawn(t, input, &p->pid);
    if (input >= 0)
        close(input);
    if (!wrong)
        return true;
    p->pid = 0;
    return err_set(err, "%s could not be run: %s", t->path, strerror(wrong));
}

/* ---- what came of it ---- */

static void text_free(struct text *t)
{
    buf_done(&t->text);
    free(t);
}

static void over(struct program *p, const char *error)
{
    struct text *t = p->queue[0];
    struct event *e = inbox_new(p->inbox, error ? EVENT_MAIL_FAILED : EVENT_MAIL_SENT, "alarm");
    e->effect_id = t->effect_id;
    e->error = arena_copy(inbox_arena(p->inbox), error);
    LOG(error ? LOG_WARN : LOG_INFO, "alarm.ran", LS("program", t->path),
        LS("outcome", error ? error : "it ended well"));
    inbox_put(p->inbox, e);
    text_free(t);
    p->count--;
    for (size_t i = 0; i < p->count; i++)
        p->queue[i] = p->queue[i + 1];
}

static void start_next(struct program *p)
{
    while (!p->pid && p->count > 0) {
        struct err err = { "" };
        if (begin(p, &err)) {
            p->left_ms = RUNS_MS;
            loop_timer_set(p->loop, &p->look, LOOKS_EVERY_MS);
            return;
        }
        over(p, err.text);
    }
}

static void ended(struct program *p, int status)
{
    struct err err = { "" };
    p->pid = 0;
    if (WIFSIGNALED(status))
        err_set(&err, "signal %d ended it", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        err_set(&err, "it ended with %d", WEXITSTATUS(status));
    over(p, err.text[0] ? err.text : NULL);
    start_next(p);
}

/* It leads a group of its own, with whatever it has started. */
static void look(void *arg)
{
    struct program *p = arg;
    int status = 0;
    pid_t gone = waitpid(p->pid, &status, WNOHANG);
    p->left_ms -= LOOKS_EVERY_MS;
    if (gone == 0 && p->left_ms > 0) {
        loop_timer_set(p->loop, &p->look, LOOKS_EVERY_MS);
    } else if (gone == 0) {
        kill(-p->pid, SIGKILL);
        waitpid(p->pid, &status, 0);
        p->pid = 0;
        over(p, "it did not end within 15 s, and was ended");
        start_next(p);
    } else {
        ended(p, gone == p->pid ? status : 0);
    }
}

/* ---- the port ---- */

static bool program_start(struct adapter *adapter, struct err *err)
{
    (void)adapter, (void)err;
    return true;
}

static bool program_perform(struct adapter *adapter, const struct effect *effect, struct err *err)
{
    struct program *p = (struct program *)adapter;
    if (effect->kind != EFFECT_RUN)
        return err_set(err, "a program cannot do “%s”", effect_names[effect->kind]);
    if (p->count == LIMIT_ALARM_RUNS)
        return err_set(err, "too many alarms wait for the program");
    struct text *t = xcalloc(1, sizeof *t);
    t->effect_id = effect->id;
    buf_init(&t->text, LIMIT_MESSAGE_BYTES);
    buf_addf(&t->text, "%s\n\n%s", effect->mail.subject, effect->mail.text);
    if (!STR_SET(t->path, effect->mail.to)) {
        text_free(t);
        return err_set(err, "the program's path is too long");
    }
    p->queue[p->count++] = t;
    start_next(p);
    return true;
}

static void program_acknowledge(struct adapter *adapter, const struct event *event)
{
    (void)adapter, (void)event;
}

static bool program_render(const struct adapter *adapter, const struct message *message,
                           struct buf *out, struct err *err)
{
    (void)adapter, (void)message, (void)out;
    return err_set(err, "a program is no chat");
}

static void program_renew(struct adapter *adapter, struct adapter_credentials *c)
{
    (void)adapter, (void)c;
}

/* One that runs goes on: it is about to tell somebody. */
static void program_stop(struct adapter *adapter)
{
    struct program *p = (struct program *)adapter;
    loop_timer_cancel(&p->look);
    while (p->count > 0)
        text_free(p->queue[--p->count]);
    free(p);
}

void program_use(struct adapter *adapter, const struct people *people, const struct policy *policy)
{
    (void)people;
    ((struct program *)adapter)->policy = policy;
}

struct adapter *program_new(struct loop *loop, struct inbox *inbox, const struct policy *policy)
{
    static const struct adapter_ops ops = { "alarm",         ADAPTER_ALARM,       program_start,
                                            program_perform, program_acknowledge, program_render,
                                            program_renew,   .stop = program_stop };
    struct program *p = xcalloc(1, sizeof *p);
    p->adapter.ops = &ops;
    p->loop = loop;
    p->inbox = inbox;
    p->policy = policy;
    p->look = (struct loop_timer){ .fired = look, .arg = p };
    return &p->adapter;
}
