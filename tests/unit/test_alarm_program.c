/* SPDX-License-Identifier: Apache-2.0 */
/* The program of [alarm]: what each of its ends is told as, in the order of the alarms; and that an
   alarm which cannot be told to it is one that failed, at once and with the reason. */
#include "tests/unit/unit.h"

#include "adapters/alarm/program.h"
#include "core/policy.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/reguard-alarm-XXXXXX";
static struct err err;
static struct loop *loop;
static struct inbox inbox;
static struct policy policy;
static struct adapter *alarm_program;

static void wake(void *arg)
{
    (void)arg;
    loop_stop(loop);
}

static int set_up(void **state)
{
    (void)state;
    err.text[0] = '\0';
    policy = (struct policy){ .approvals = 1 };
    inbox_init(&inbox, wake, NULL);
    loop = loop_new(&err);
    alarm_program = loop ? program_new(loop, &inbox, &policy) : NULL;
    return alarm_program && alarm_program->ops->start(alarm_program, &err) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    alarm_program->ops->stop(alarm_program);
    loop_free(loop);
    inbox_done(&inbox);
    return 0;
}

static const char *in_folder(const char *name) { return unit_path(folder, name); }

static const char *script(const char *name, const char *text)
{
    const char *path = in_folder(name);
    unit_write(path, text, strlen(text));
    assert_int_equal(chmod(path, 0700), 0);
    return path;
}

static bool run(uint64_t id, const char *path)
{
    struct effect e = { .kind = EFFECT_RUN,
                        .id = id,
                        .mail = { path, "reguard: ALARM", (char[]){ "it is off" } } };
    return alarm_program->ops->perform(alarm_program, &e, &err);
}

static void assert_outcomes(const char *const *errors, size_t count)
{
    for (size_t seen = 0; seen < count;) {
        if (!inbox_count(&inbox))
            loop_run(loop);
        struct inbox_batch *batch = inbox_take(&inbox);
        assert_true(batch->count <= count - seen);
        for (size_t i = 0; i < batch->count && seen < count; i++, seen++) {
            const struct event *e = batch->events[i];
            assert_int_equal(e->effect_id, seen + 1);
            assert_int_equal(e->kind, errors[seen] ? EVENT_MAIL_FAILED : EVENT_MAIL_SENT);
            if (errors[seen] && !strstr(e->error, errors[seen]))
                fail_msg("%s, not %s", e->error, errors[seen]);
        }
        inbox_release(&inbox, batch);
    }
}

static void each_end_is_told_in_the_order_of_the_alarms(void **state)
{
    (void)state;
    static const char *const outcomes[] = { "it ended with 3", "signal 9 ended it", NULL };
    char held[64] = "";
    assert_true(run(1, script("three", "#!/bin/sh\nexit 3\n")));
    assert_true(run(2, script("killed", "#!/bin/sh\nkill -9 $$\n")));
    assert_true(run(3, script("keeps", "#!/bin/sh\ncat >\"$0.told\"\n")));
    assert_outcomes(outcomes, COUNT(outcomes));
    int fd = open(in_folder("keeps.told"), O_RDONLY);
    assert_true(fd >= 0 && read(fd, held, sizeof held - 1) > 0);
    close(fd);
    assert_string_equal(held, "reguard: ALARM\n\nit is off");
}

static void what_cannot_be_run_fails_with_its_reason(void **state)
{
    (void)state;
    static const char *const outcomes[] = { "could not be run: Exec format error", "No such file",
                                            "no absolute path of a program",
                                            "is no file that reguard's user may execute", NULL };
    static char no_program[4] = { 1, 2, 3, 4 };
    const char *bytes = in_folder("bytes");
    unit_write(bytes, no_program, sizeof no_program);
    assert_int_equal(chmod(bytes, 0700), 0);
    assert_true(run(1, bytes));
    assert_true(run(2, in_folder("missing")));
    assert_true(run(3, "pager"));
    assert_true(run(4, folder));
    assert_true(run(5, script("fine", "#!/bin/sh\nexit 0\n")));
    assert_outcomes(outcomes, COUNT(outcomes));
}

static void without_a_descriptor_the_alarm_fails_and_the_next_one_runs(void **state)
{
    (void)state;
    static const char *const outcomes[] = { "could not be run: Too many open files", NULL };
    struct rlimit before, none;
    const char *fine = script("fine", "#!/bin/sh\nexit 0\n");
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){ .rlim_cur = 3, .rlim_max = before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    bool taken = run(1, fine);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_true(taken && run(2, fine));
    assert_outcomes(outcomes, COUNT(outcomes));
}

/* The one that runs, and those behind it; one more is refused, and ending leaves nothing behind. */
static void only_so_many_alarms_wait(void **state)
{
    (void)state;
    const char *waits = script("waits", "#!/bin/sh\nexec sleep 1\n");
    for (uint64_t i = 1; i <= LIMIT_ALARM_RUNS; i++)
        assert_true(run(i, waits));
    assert_false(run(LIMIT_ALARM_RUNS + 1, waits));
    assert_string_equal(err.text, "too many alarms wait for the program");
    assert_int_equal(inbox_count(&inbox), 0);
}

static void it_runs_a_program_and_does_nothing_else(void **state)
{
    (void)state;
    const struct adapter_ops *ops = alarm_program->ops;
    char long_path[600];
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[0] = '/';
    long_path[sizeof long_path - 1] = '\0';
    assert_false(run(1, long_path));
    assert_string_equal(err.text, "the program's path is too long");
    assert_false(ops->perform(alarm_program, &(struct effect){ .kind = EFFECT_SAY }, &err));
    assert_non_null(strstr(err.text, "a program cannot do"));
    assert_false(ops->render(alarm_program, NULL, NULL, &err));
    assert_string_equal(err.text, "a program is no chat");
    ops->acknowledge(alarm_program, NULL);
    ops->renew(alarm_program, NULL);
    assert_int_equal(inbox_count(&inbox), 0);
}

/* After a reload the other policy's program is the one that is looked at. */
static void the_program_is_that_of_the_policy(void **state)
{
    (void)state;
    struct policy other = policy;
    assert_true(program_probe(alarm_program, &err));
    STR_SET(other.alarm_command, in_folder("missing"));
    program_use(alarm_program, NULL, &other);
    assert_false(program_probe(alarm_program, &err));
    assert_non_null(strstr(err.text, "missing: No such file"));
    STR_SET(other.alarm_command, script("fine", "#!/bin/sh\n"));
    assert_true(program_probe(alarm_program, &err));
    assert_int_equal(chmod(other.alarm_command, 0722), 0);
    assert_false(program_probe(alarm_program, &err));
    assert_non_null(strstr(err.text, "others may write to it; chmod go-w"));
}

static int begin(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    static const char *const names[] = { "three", "killed", "keeps", "keeps.told",
                                         "bytes", "fine",   "waits" };
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(in_folder(names[i]));
    return rmdir(folder);
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(each_end_is_told_in_the_order_of_the_alarms),
        TEST_OF(what_cannot_be_run_fails_with_its_reason),
        TEST_OF(without_a_descriptor_the_alarm_fails_and_the_next_one_runs),
        TEST_OF(only_so_many_alarms_wait),
        TEST_OF(it_runs_a_program_and_does_nothing_else),
        TEST_OF(the_program_is_that_of_the_policy),
    };
    return cmocka_run_group_tests(tests, begin, finish);
}
