/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are replaced: whole, through no link, and as they were when it fails. */
#include "tests/unit/unit.h"

#include "host/file.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/reguard-file-XXXXXX";
static struct err err;

static const char *in_folder(const char *name) { return unit_path(folder, name); }

static void assert_holds(const char *path, const char *text)
{
    char held[64] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    held[fread(held, 1, sizeof held - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(held, text);
}

static void a_file_is_replaced_for_its_owner_alone(void **state)
{
    (void)state;
    struct stat st;
    const char *path = in_folder("token");
    unit_write(path, "old", strlen("old"));
    chmod(path, 0644);
    assert_true(file_replace(path, folder, "new one", 7, &err));
    assert_true(file_sync_name(path));
    assert_holds(path, "new one");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_not_equal(access(in_folder("token.new"), F_OK), 0);
}

static void nothing_is_written_through_a_link(void **state)
{
    (void)state;
    const char *victim = in_folder("victim");
    unit_write(victim, "untouched", strlen("untouched"));
    assert_int_equal(symlink(victim, in_folder("secret.new")), 0);
    assert_int_equal(symlink(victim, in_folder("secret")), 0);
    assert_true(file_replace(in_folder("secret"), folder, "s3cret", 6, &err));
    assert_holds(victim, "untouched");
    assert_holds(in_folder("secret"), "s3cret");
}

static void what_cannot_be_replaced_stays(void **state)
{
    (void)state;
    const char *path = in_folder("is-a-folder");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(file_replace(path, folder, "x", 1, &err));
    assert_non_null(strstr(err.text, "is-a-folder could not be replaced: "));
    assert_int_not_equal(access(in_folder("is-a-folder.new"), F_OK), 0);
    assert_false(file_replace("/nowhere/at/all", folder, "x", 1, &err));
    assert_false(file_sync_name("/nowhere/at/all"));
    char long_path[2000];
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    assert_false(file_replace(long_path, folder, "x", 1, &err));
}

static int setup(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    static const char *const names[] = { "token", "secret", "victim" };
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(in_folder(names[i]));
    rmdir(in_folder("is-a-folder"));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_replaced_for_its_owner_alone),
        cmocka_unit_test(nothing_is_written_through_a_link),
        cmocka_unit_test(what_cannot_be_replaced_stays),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
