/* SPDX-License-Identifier: Apache-2.0 */
/* Shared records when the database, or the way to it, fails: nothing is there twice, nothing that
   was acknowledged is missing, and nobody begins a second journal. Needs UNIT_STORE_URL, an empty
   database of its own server (tests/units). */
#include "tests/unit/unit_store.h"

#include "core/desk.h"
#include "host/clock.h"
#include "store/audit.h"
#include "store/lease_orders.h"
#include "store/pg.h"
#include "store/shared_parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const ms_t NOW = 1795526055000;
static char folder[64], through_url[256], small_disk[64];
static struct arena arena;
static struct err err;
static struct store *store;

/* ---- a way to the database that can be cut ---- */

enum cut { CUT_NOTHING, CUT_BEFORE_COMMIT, CUT_AFTER_COMMIT, CUT_AFTER_TAKING, SILENT };
enum { PAIRS = 16, CHUNK = 64 * 1024 };
static _Atomic int *cut; /* shared with the process that carries the bytes */
static pid_t carrier;

static int database_port(void)
{
    const char *colon = strrchr(unit_store_url(), ':');
    return (int)strtol(colon + 1, NULL, 10);
}

static int connect_to_database(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)database_port()),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ? fd : -1;
}

/* False: both ends are to be closed. */
static bool carry(int from, int to, bool to_database)
{
    static char bytes[CHUNK];
    ssize_t got = read(from, bytes, sizeof bytes);
    int how = *cut;
    const char *end = how == CUT_AFTER_TAKING ? "SET epoch = epoch + 1" : "COMMIT";
    bool commit = to_database && got > 0 && memmem(bytes, (size_t)got, end, strlen(end));
    if (got <= 0)
        return false;
    if (how == SILENT)
        return true;
    if (commit && how == CUT_BEFORE_COMMIT)
        return false;
    if (write(to, bytes, (size_t)got) != got)
        return false;
    if (!commit || (how != CUT_AFTER_COMMIT && how != CUT_AFTER_TAKING))
        return true;
    return read(to, bytes, sizeof bytes) < 0; /* the answer, which nobody gets */
}

static _Noreturn void carry_all(int listener)
{
    struct pollfd fds[1 + 2 * PAIRS];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < COUNT(fds); i++)
        fds[i] = (struct pollfd){ .fd = i ? -1 : listener, .events = POLLIN };
    for (;;) {
        poll(fds, COUNT(fds), -1);
        for (size_t i = 1; i < COUNT(fds); i++) {
            size_t other = i % 2 ? i + 1 : i - 1; /* the odd ones are ours */
            if (fds[i].fd < 0 || !fds[i].revents || carry(fds[i].fd, fds[other].fd, i % 2))
                continue;
            close(fds[i].fd);
            close(fds[other].fd);
            fds[i].fd = fds[other].fd = -1;
            fds[i].revents = fds[other].revents = 0;
        }
        for (size_t i = 1; fds[0].revents && i < COUNT(fds); i += 2)
            if (fds[i].fd < 0) {
                fds[i].fd = accept(listener, NULL, NULL);
                fds[i + 1].fd = connect_to_database();
                break;
            }
    }
}

static int begin_carrying(void **state)
{
    (void)state;
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t bytes = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    cut = mmap(NULL, sizeof *cut, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, PAIRS) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &bytes) != 0 || cut == MAP_FAILED)
        return -1;
    carrier = fork();
    if (carrier == 0)
        carry_all(listener);
    close(listener);
    snprintf(through_url, sizeof through_url, "postgresql://reguard@127.0.0.1:%d/reguard",
             ntohs(at.sin_port));
    return carrier > 0 ? 0 : -1;
}

static int end_carrying(void **state)
{
    (void)state;
    kill(carrier, SIGKILL);
    waitpid(carrier, NULL, 0);
    return 0;
}

/* ---- each test ---- */

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    err.text[0] = '\0';
    *cut = CUT_NOTHING;
    STR_SET(folder, "/tmp/reguard-shared-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    unit_store_sql("DROP SCHEMA IF EXISTS reguard CASCADE");
    store = unit_store_open_at(through_url, folder, &err);
    return store ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    unit_store_close(store);
    store = NULL;
    unit_store_agrees(folder, &err);
    unit_store_remove_file(folder);
    unlink(arena_printf(&arena, "%s/lock", folder));
    unlink(arena_printf(&arena, "%s/reserve", folder));
    if (small_disk[0])
        umount2(small_disk, MNT_DETACH);
    if (small_disk[0])
        rmdir(small_disk);
    small_disk[0] = '\0';
    assert_int_equal(rmdir(folder), 0);
    arena_done(&arena);
    return 0;
}

static void note(const char *text)
{
    struct fact f = { .kind = FACT_NOTED, .at_ms = NOW, .text = text };
    if (!store_append(store, &f, &arena, &err))
        fail_msg("%s", err.text);
}

static void commit(void)
{
    if (!store_commit(store, &err))
        fail_msg("%s", err.text);
}

/* The commit fails, and what is written from then on is kept in memory. */
static void fail_and_go_on(void)
{
    struct err why = { "" };
    err.text[0] = '\0';
    assert_false(store_commit(store, &err));
    assert_string_not_equal(err.text, "");
    assert_true(store_step_back(store, &err, &why));
    assert_int_equal(store_place(store), STORE_IN_MEMORY);
    note("meanwhile");
    commit();
}

/* Once the lease's thread has found the database again. */
static uint64_t come_back(void)
{
    enum { TRIES = 600, EVERY_MS = 100 };
    uint64_t uncertain = 0;
    bool there = false;
    for (int i = 0; i < TRIES && !(there = store_come_back(store, &uncertain, &err)); i++)
        poll(NULL, 0, EVERY_MS);
    if (!there)
        fail_msg("%s", err.text);
    return uncertain;
}

static void is_whole(uint64_t records)
{
    struct audit_summary found;
    char count[32];
    if (!audit_verify(store, NULL, &found, &err))
        fail_msg("%s", err.text);
    assert_int_equal(found.records, records);
    snprintf(count, sizeof count, "%d", (int)records);
    assert_string_equal(unit_store_sql("SELECT count(*) FROM reguard.journal"), count);
}

/* ---- the way is cut ---- */

static void cut_before_the_commit_it_is_not_there(void **state)
{
    (void)state;
    note("first");
    commit();
    note("lost");
    *cut = CUT_BEFORE_COMMIT;
    fail_and_go_on();
    *cut = CUT_NOTHING;
    assert_int_equal(come_back(), 0);
    is_whole(2);
}

static void cut_after_the_commit_it_is_there_and_in_doubt(void **state)
{
    (void)state;
    note("first");
    commit();
    note("there all the same");
    *cut = CUT_AFTER_COMMIT;
    fail_and_go_on();
    *cut = CUT_NOTHING;
    assert_int_equal(come_back(), 2);
    is_whole(3);
}

/* Whoever has no connection, or was killed, cannot give it back. */
static void let_lease_run_out(void)
{
    unit_store_sql("UPDATE reguard.lease SET until = now() - interval '1 s'");
}

/* Whoever is started again reads what became of it. */
static void started_again_it_knows(void **state)
{
    (void)state;
    static const enum cut cuts[] = { CUT_BEFORE_COMMIT, CUT_AFTER_COMMIT };
    uint64_t records = 0;
    for (size_t i = 0; i < COUNT(cuts); i++) {
        note("asked for");
        *cut = cuts[i];
        assert_false(store_commit(store, &err));
        *cut = CUT_NOTHING;
        records += cuts[i] == CUT_AFTER_COMMIT;
        unit_store_close(store);
        let_lease_run_out();
        if (!(store = unit_store_open_at(through_url, folder, &err)))
            fail_msg("%s", err.text);
        is_whole(records);
    }
}

/* One commit finds that out, and so does the lease's thread; nothing else of the loop waits. */
static void a_database_that_is_silent_is_not_waited_for_again(void **state)
{
    (void)state;
    enum { TRIES = 600, EVERY_MS = 100 };
    bool known = false;
    uint64_t uncertain;
    note("first");
    commit();
    *cut = SILENT;
    note("lost");
    fail_and_go_on();
    struct lease *lease = unit_shared->lease;
    for (int i = 0; i < TRIES && !(known = lease_is_away(lease, &err)); i++)
        poll(NULL, 0, EVERY_MS);
    assert_true(known);
    assert_true(pg_is_cut(unit_shared->pg));
    assert_false(store_come_back(store, &uncertain, &err));
    assert_non_null(unit_shared->pg); /* no other connection was tried */
    *cut = CUT_NOTHING;
    assert_int_equal(come_back(), 0);
    is_whole(2);
}

/* ---- the server takes nothing ---- */

#define END_ALL                                                                   \
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> " \
    "pg_backend_pid() AND datname = 'reguard'"

static void a_server_that_takes_no_writes_is_waited_for(void **state)
{
    (void)state;
    bool hopeless;
    uint64_t uncertain;
    note("first");
    commit();
    unit_store_sql("ALTER DATABASE reguard SET default_transaction_read_only = on");
    unit_store_sql(END_ALL);
    note("lost");
    fail_and_go_on();
    assert_false(store_come_back(store, &uncertain, &err));
    assert_non_null(strstr(err.text, "read-only"));
    assert_null(shared_open(through_url, "", "another", &hopeless, &err));
    assert_false(hopeless);
    assert_non_null(strstr(err.text, "read-only"));
    unit_store_sql("BEGIN; SET TRANSACTION READ WRITE; ALTER DATABASE reguard RESET ALL; COMMIT");
    assert_int_equal(come_back(), 0);
    is_whole(2);
}

/* A disk of its own for one table, as root; elsewhere there is none to be filled. */
static bool make_small_disk(const char *at)
{
    struct stat server;
    const char *data = arena_copy(&arena, unit_store_sql("SHOW data_directory"));
    return geteuid() == 0 && stat(data, &server) == 0 &&
           mount("none", at, "tmpfs", 0, "size=2m") == 0 &&
           chown(at, server.st_uid, server.st_gid) == 0;
}

static void a_full_disk_of_the_server_is_waited_for(void **state)
{
    (void)state;
    enum { LARGE = 4 * 1024 * 1024 };
    char *large = calloc(1, LARGE);
    STR_SET(small_disk, "/tmp/reguard-disk-XXXXXX");
    if (!mkdtemp(small_disk) || !make_small_disk(small_disk)) {
        free(large);
        print_message("no disk of its own can be made here\n");
        skip();
    }
    unit_store_sql(arena_printf(&arena, "CREATE TABLESPACE small LOCATION '%s'", small_disk));
    unit_store_sql("ALTER TABLE reguard.meta ALTER value SET STORAGE EXTERNAL");
    unit_store_sql("ALTER TABLE reguard.meta SET TABLESPACE small");
    note("first");
    commit();
    memset(large, 'x', LARGE - 1);
    assert_true(store_put(store, "large", large, &err));
    note("lost");
    fail_and_go_on();
    assert_non_null(strstr(err.text, "No space left"));
    assert_int_equal(come_back(), 0);
    is_whole(2);
    unit_store_sql("ALTER TABLE reguard.meta SET TABLESPACE pg_default");
    unit_store_sql("DROP TABLESPACE small");
    free(large);
}

/* ---- whose records ---- */

static void one_leads(void **state)
{
    (void)state;
    bool hopeless;
    struct shared *other = shared_open(through_url, "", "another", &hopeless, &err);
    assert_non_null(other);
    assert_false(shared_take(other, &err));
    assert_non_null(strstr(err.text, "a unit test leads since"));
    shared_close(other);
}

/* ---- taking it without hearing the answer ---- */

static long epoch_of_lease(void)
{
    return strtol(unit_store_sql("SELECT epoch FROM reguard.lease"), NULL, 10);
}

static struct shared *opened_as(const char *name)
{
    bool hopeless;
    struct shared *s = shared_open(through_url, "", name, &hopeless, &err);
    if (!s)
        fail_msg("%s", err.text);
    return s;
}

static struct shared *takes_unheard(const char *name)
{
    struct shared *s = opened_as(name);
    *cut = CUT_AFTER_TAKING;
    assert_false(shared_take(s, &err));
    assert_true(shared_is_unheard(s));
    *cut = CUT_NOTHING;
    return s;
}

static void whoever_took_it_unheard_does_not_wait_for_itself(void **state)
{
    (void)state;
    unit_store_close(store);
    store = NULL;
    long before = epoch_of_lease();
    struct shared *s = takes_unheard("a host"),
                  *same_name = takes_unheard("a host"); /* a process that is started anew, say */
    assert_int_equal(epoch_of_lease(), before + 1);
    assert_false(shared_take(same_name, &err));
    assert_non_null(strstr(err.text, "a host leads since"));
    assert_null(strchr(err.text, '#'));
    assert_true(shared_take(s, &err));
    assert_int_equal(lease_epoch(shared_lease(s)), before + 2);
    shared_close(same_name);
    shared_close(s);
}

/* An asking that was given up and arrives after the one that was answered. */
static void an_asking_that_arrives_late_takes_nothing(void **state)
{
    (void)state;
    struct lease_claim claim = { .asked = 0 };
    struct lease_taking taking = { through_url, "", "a host", false, &claim };
    unit_store_close(store);
    store = NULL;
    struct pg *pg = pg_open(through_url, "", &err);
    *cut = CUT_AFTER_TAKING;
    assert_null(lease_take(pg, &taking, &err));
    pg_close(pg);
    *cut = CUT_NOTHING;
    struct lease_claim late = claim;
    late.asked--; /* so that it is the same asking once more */
    pg = pg_open(through_url, "", &err);
    struct lease *l = lease_take(pg, &taking, &err);
    assert_non_null(l);
    taking.claim = &late;
    assert_null(lease_take(pg, &taking, &err));
    assert_int_equal(epoch_of_lease(), lease_epoch(l));
    lease_free(l, pg);
    pg_close(pg);
}

/* What it has sent may still be on its way: nobody else may lead on its lease, it neither. */
static void whoever_has_led_does_not_take_its_old_lease(void **state)
{
    (void)state;
    unit_store_sql("UPDATE reguard.lease SET epoch = epoch + 1"); /* it cannot be given back */
    long before = epoch_of_lease();
    assert_false(shared_take(unit_shared, &err)); /* the store is open on it */
    assert_int_equal(epoch_of_lease(), before);
    unit_store_sql("UPDATE reguard.lease SET until = clock_timestamp() - interval '1 s'");
}

/* One record is shared, and whoever has the lease now has none of it yet. */
static void leads_without_a_copy(void)
{
    note("first");
    commit();
    unit_store_close(store);
    store = NULL;
    unit_store_remove_file(folder);
    unit_shared = opened_as("a host");
    assert_true(shared_take(unit_shared, &err));
}

/* Somebody has the table to himself, as a backup's tool or an operator may. */
static void records_that_are_locked_are_asked_for_again(void **state)
{
    (void)state;
    leads_without_a_copy();
    struct pg *somebody = pg_open(unit_store_url(), "", &err);
    assert_true(pg_run(somebody, "BEGIN; LOCK TABLE reguard.journal", NULL, 0, &err));
    assert_null(store_open_shared(folder, unit_shared, &err));
    assert_non_null(strstr(err.text, "lock timeout"));
    assert_true(shared_is_unheard(unit_shared));
    pg_close(somebody);
    assert_true(shared_take(unit_shared, &err));
    store = store_open_shared(folder, unit_shared, &err);
    assert_non_null(store);
    assert_false(shared_is_unheard(unit_shared));
}

static void records_that_were_not_heard_are_asked_for_again(void **state)
{
    (void)state;
    leads_without_a_copy();
    int64_t first = lease_epoch(shared_lease(unit_shared));
    *cut = SILENT;
    assert_null(store_open_shared(folder, unit_shared, &err));
    assert_true(shared_is_unheard(unit_shared));
    *cut = CUT_NOTHING;
    assert_true(shared_take(unit_shared, &err));
    assert_true(lease_epoch(shared_lease(unit_shared)) > first);
    store = store_open_shared(folder, unit_shared, &err);
    assert_non_null(store);
}

static void what_was_read_is_read_whatever_ends_it(void **state)
{
    (void)state;
    note("first");
    commit();
    unit_store_close(store);
    store = NULL;
    unit_shared = opened_as("a host");
    assert_true(shared_take(unit_shared, &err));
    *cut = CUT_BEFORE_COMMIT;
    store = store_open_shared(folder, unit_shared, &err);
    *cut = CUT_NOTHING;
    assert_non_null(store);
    note("second");
    commit();
}

static void whoever_stands_by_is_known_to_the_leader(void **state)
{
    (void)state;
    bool hopeless;
    struct shared *waits = shared_open(through_url, "", "another", &hopeless, &err),
                  *asks = shared_open(through_url, "", "a third", &hopeless, &err);
    assert_non_null(waits);
    assert_non_null(asks);
    assert_false(shared_is_stood_by(asks)); /* the leader's own connections do not count */
    assert_false(shared_take(waits, &err));
    assert_true(shared_is_stood_by(asks));
    unit_store_close(store);
    store = NULL;
    assert_true(shared_take(waits, &err));
    assert_false(shared_is_stood_by(asks));
    assert_false(shared_take(asks, &err));
    assert_true(shared_is_stood_by(waits));
    shared_close(asks);
    for (int i = 0; i < 500 && shared_is_stood_by(waits); i++)
        poll(NULL, 0, 20); /* a session that was closed ends a moment later */
    assert_false(shared_is_stood_by(waits));
    shared_close(waits);
}

static void a_copy_of_other_records_is_let_be(void **state)
{
    (void)state;
    note("first");
    commit();
    unit_store_close(store);
    unit_store_sql("DROP SCHEMA reguard CASCADE");
    store = unit_store_open_at(through_url, folder, &err);
    assert_null(store);
    assert_non_null(strstr(err.text, "copy of other records"));
    unit_store_remove_file(folder);
    store = unit_store_open_at(through_url, folder, &err);
    assert_non_null(store);
}

static void records_of_its_own_are_not_written_over(void **state)
{
    (void)state;
    unit_store_close(store);
    unit_store_remove_file(folder);
    store = store_open(folder, &err);
    note("mine");
    commit();
    unit_store_close(store);
    store = unit_store_open_at(through_url, folder, &err);
    assert_null(store);
    assert_non_null(strstr(err.text, "records of its own"));
    unit_store_remove_file(folder);
}

static void tables_of_another_reguard_are_not_touched(void **state)
{
    (void)state;
    static const char *const schemas[][2] = { { "99", "newer reguard" }, { "1", "schema 1" } };
    bool hopeless;
    for (size_t i = 0; i < COUNT(schemas); i++) {
        unit_store_sql(arena_printf(&arena, "UPDATE reguard.about SET schema = %s", schemas[i][0]));
        assert_null(shared_open(through_url, "", "another", &hopeless, &err));
        assert_true(hopeless);
        assert_non_null(strstr(err.text, schemas[i][1]));
    }
    unit_store_sql(arena_printf(&arena, "UPDATE reguard.about SET schema = %d", (int)STORE_SCHEMA));
}

/* The tables of schema 6 are the same: who stands by leaves its number alone, who leads renews it.
 */
static void tables_of_the_last_reguard_are_taken_over(void **state)
{
    (void)state;
    bool hopeless;
    unit_store_close(store);
    unit_store_sql("UPDATE reguard.about SET schema = 6");
    struct shared *shared = shared_open(through_url, "", "next", &hopeless, &err);
    assert_non_null(shared);
    shared_close(shared);
    assert_string_equal(unit_store_sql("SELECT schema FROM reguard.about"), "6");
    store = unit_store_open_at(through_url, folder, &err);
    assert_non_null(store);
    assert_string_equal(unit_store_sql("SELECT schema FROM reguard.about"),
                        arena_printf(&arena, "%d", (int)STORE_SCHEMA));
}

/* Nobody changes a record there either. */
static void a_record_there_is_for_ever(void **state)
{
    (void)state;
    static const char *const attempts[] = { "UPDATE reguard.journal SET data = '{}'",
                                            "DELETE FROM reguard.journal",
                                            "TRUNCATE reguard.journal" };
    note("first");
    commit();
    for (size_t i = 0; i < COUNT(attempts); i++) {
        PGconn *conn = PQconnectdb(unit_store_url());
        PGresult *r = PQexec(conn, attempts[i]);
        assert_int_equal(PQresultStatus(r), PGRES_FATAL_ERROR);
        assert_non_null(strstr(PQresultErrorMessage(r), "append only"));
        PQclear(r);
        PQfinish(conn);
    }
    is_whole(1);
}

/* ---- one connection ---- */

static void what_the_database_refuses_is_said_and_the_next_goes_on(void **state)
{
    (void)state;
    int64_t counts[2];
    const char *values[] = { "0" };
    struct pg *pg = pg_open(through_url, "", &err);
    assert_non_null(pg);
    assert_null(pg_ask(pg, "SELECT 1 / $1::int", 1, values, &err));
    assert_string_equal(err.text, "division by zero");
    assert_false(pg_is_cut(pg));
    assert_false(pg_run(pg, "SELECT 1; SELECT 1 / 0", counts, COUNT(counts), &err));
    assert_string_equal(err.text, "division by zero");
    assert_true(pg_run(pg, "SELECT 1 WHERE false; SELECT 1", counts, COUNT(counts), &err));
    assert_int_equal(counts[0], 0);
    assert_int_equal(counts[1], 1);
    pg_close(pg);
}

/* Whoever asked before knows that it is gone; nothing is sent on it any more. */
static void what_was_ended_by_the_database_is_cut(void **state)
{
    (void)state;
    for (int runs = 0; runs < 2; runs++) {
        struct pg *pg = pg_open(through_url, "", &err);
        assert_non_null(pg);
        PGresult *r = pg_ask(pg, "SELECT pg_backend_pid()", 0, NULL, &err);
        assert_non_null(r);
        unit_store_sql(
            arena_printf(&arena, "SELECT pg_terminate_backend(%s, 5000)", PQgetvalue(r, 0, 0)));
        PQclear(r);
        for (int again = 0; again < 2; again++) {
            err.text[0] = '\0';
            assert_false(runs ? pg_run(pg, "SELECT 1", NULL, 0, &err)
                              : pg_ask(pg, "SELECT 1", 0, NULL, &err) != NULL);
            assert_string_not_equal(err.text, "");
            assert_true(pg_is_cut(pg));
        }
        pg_close(pg);
    }
}

/* The answer comes too late, in the middle of a transaction, which the server then has open:
   whoever sends on that connection again ends it in a way that nobody has asked for. */
static void what_was_cut_within_a_transaction_is_never_used_again(void **state)
{
    (void)state;
    enum { TRIES = 600, EVERY_MS = 20, PATIENCE_MS = 300 };
    static const char stands[] = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in "
                                 "transaction' AND query LIKE '%pg_sleep(0.6)'";
    struct pg *pg = pg_open(through_url, "", &err);
    assert_non_null(pg);
    unit_store_sql("CREATE TABLE reguard.half(n int); GRANT ALL ON reguard.half TO reguard");
    pg_end_by(pg, clock_monotonic_ms() + PATIENCE_MS);
    assert_false(pg_run(pg, "BEGIN; INSERT INTO reguard.half VALUES (1); SELECT pg_sleep(0.6)",
                        NULL, 0, &err));
    assert_true(pg_is_cut(pg));
    for (int i = 0; i < TRIES && str_equal(unit_store_sql(stands), "0"); i++)
        poll(NULL, 0, EVERY_MS);
    assert_string_equal(unit_store_sql(stands), "1");
    pg_end_by(pg, 0); /* all that was late is there now */
    assert_null(pg_ask(pg, "SELECT 1", 0, NULL, &err));
    assert_false(pg_run(pg, "COMMIT", NULL, 0, &err));
    assert_true(pg_is_cut(pg));
    pg_close(pg);
    assert_string_equal(unit_store_sql("SELECT count(*) FROM reguard.half"), "0");
}

/* ---- orders from hosts that do not lead ---- */

static void tend(struct orders *orders, struct pg *pg)
{
    if (!orders_tend(orders, pg, &err))
        fail_msg("%s", err.text);
}

static void an_order_is_taken_once_and_answered(void **state)
{
    (void)state;
    static const struct shared_answer answer = { .now_ms = 7, .proved_ms = 6, .standing = "on" };
    struct shared_order order;
    struct orders *orders = orders_new();
    struct pg *pg = pg_open(through_url, "", &err);
    assert_non_null(pg);
    tend(orders, pg);
    assert_false(orders_next(orders, &order));
    unit_store_sql("INSERT INTO reguard.orders(host, why) VALUES ('b', 'now')");
    unit_store_sql("INSERT INTO reguard.orders(host, why, asked) VALUES ('b', 'long ago', "
                   "clock_timestamp() - interval '2 min')");
    tend(orders, pg);
    tend(orders, pg);
    assert_true(orders_next(orders, &order));
    assert_string_equal(order.why, "now");
    orders_answer(orders, &answer);
    orders_take(orders, order.number, 5);
    assert_false(orders_next(orders, &order)); /* neither again, nor the one of long ago */
    assert_string_equal(unit_store_sql("SELECT max(taken_ms) FROM reguard.orders"), "0");
    tend(orders, pg);
    assert_string_equal(unit_store_sql("SELECT concat_ws(' ', taken_ms, now_ms, proved_ms, "
                                       "standing) FROM reguard.orders WHERE why = 'now'"),
                        "5 7 6 on");
    pg_close(pg);
    orders_free(orders);
    orders_free(NULL);
}

/* As many as there are places; whoever has asked for one more acts alone. */
static void more_orders_than_places_are_not_taken(void **state)
{
    enum { MORE_THAN_PLACES = 12 };
    (void)state;
    int taken = 0;
    struct shared_order order;
    struct orders *orders = orders_new();
    struct pg *pg = pg_open(through_url, "", &err);
    assert_non_null(pg);
    unit_store_sql(arena_printf(&arena,
                                "INSERT INTO reguard.orders(host, why) SELECT 'b', 'x' FROM "
                                "generate_series(1, %d)",
                                MORE_THAN_PLACES));
    for (int i = 0; i < MORE_THAN_PLACES; i++)
        tend(orders, pg);
    for (; taken < MORE_THAN_PLACES && orders_next(orders, &order); taken++)
        orders_take(orders, order.number, NOW);
    assert_true(taken > 0 && taken < MORE_THAN_PLACES);
    tend(orders, pg);
    assert_int_equal(
        strtol(unit_store_sql("SELECT count(*) FROM reguard.orders WHERE taken_ms > 0"), NULL, 10),
        taken);
    unit_store_sql("ALTER TABLE reguard.orders RENAME COLUMN standing TO stood");
    assert_false(orders_tend(orders, pg, &err));
    assert_non_null(strstr(err.text, "standing"));
    unit_store_sql("DROP TABLE reguard.orders");
    assert_false(orders_tend(orders, pg, &err));
    assert_non_null(strstr(err.text, "orders"));
    pg_close(pg);
    orders_free(orders);
}

/* ---- who does not lead any more ---- */

/* Another instance has taken the lease, which this one does not know yet. */
static void lose_lease(void)
{
    unit_store_sql("UPDATE reguard.lease SET epoch = epoch + 1, holder = 'another'");
}

/* From now on nothing can be written into the file. */
static void break_file(void)
{
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, 0 });
}

/* A process leads, and commits once after that has come to pass. Its status. */
static int commit_in_a_process_after(void (*passed)(void))
{
    int status = 0;
    unit_store_close(store);
    store = NULL;
    pid_t child = fork();
    if (child == 0) {
        struct fact f = { .kind = FACT_NOTED, .at_ms = NOW, .text = "at the end" };
        store = unit_store_open_at(through_url, folder, &err);
        if (!store || !store_append(store, &f, &arena, &err))
            _exit(1);
        passed();
        _exit(store_commit(store, &err) ? 2 : 3);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    let_lease_run_out();
    if (!(store = unit_store_open_at(through_url, folder, &err)))
        fail_msg("%s", err.text);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

enum { ENDED_TO_BE_STARTED_AGAIN = 75 };

static void another_that_leads_ends_the_process(void **state)
{
    (void)state;
    note("first");
    commit();
    assert_int_equal(commit_in_a_process_after(lose_lease), ENDED_TO_BE_STARTED_AGAIN);
    is_whole(1);
}

/* What was decided on has its record, and the process that could not keep it reads that again. */
static void written_there_and_not_in_the_file_ends_the_process(void **state)
{
    (void)state;
    note("first");
    commit();
    assert_int_equal(commit_in_a_process_after(break_file), ENDED_TO_BE_STARTED_AGAIN);
    is_whole(2);
}

/* A leader's last word is in its file alone, and another one went on without it. */
static void a_copy_that_went_another_way_is_made_anew(void **state)
{
    (void)state;
    char other[] = "/tmp/reguard-shared-XXXXXX";
    note("first");
    commit();
    unit_store_sql("DROP TABLE IF EXISTS before; CREATE TABLE before AS TABLE reguard.meta");
    note("in this file alone");
    commit();
    unit_store_close(store);
    unit_store_sql("SET session_replication_role = replica; "
                   "DELETE FROM reguard.journal WHERE seq = 2; DELETE FROM reguard.meta; "
                   "INSERT INTO reguard.meta TABLE before; DROP TABLE before");
    assert_non_null(mkdtemp(other));
    store = unit_store_open_at(through_url, other, &err);
    assert_non_null(store);
    note("of another one");
    commit();
    note("of another one, too");
    commit();
    unit_store_close(store);
    unit_store_remove_file(other);
    unlink(arena_printf(&arena, "%s/lock", other));
    rmdir(other);
    if (!(store = unit_store_open_at(through_url, folder, &err)))
        fail_msg("%s", err.text);
    is_whole(3);
}

/* ---- whoever stands by follows ---- */

static char beside[64]; /* another host's folder */
static struct shared *follower;

static int set_up_beside(void **state)
{
    bool hopeless;
    STR_SET(beside, "/tmp/reguard-shared-XXXXXX");
    if (set_up(state) != 0 || !mkdtemp(beside))
        return -1;
    follower = shared_open(unit_store_url(), "", "beside", &hopeless, &err);
    return follower ? 0 : -1;
}

static int tear_down_beside(void **state)
{
    shared_close(follower);
    unit_store_remove_file(beside);
    unlink(arena_printf(&arena, "%s/lock", beside));
    unlink(arena_printf(&arena, "%s/reserve", beside));
    assert_int_equal(rmdir(beside), 0);
    return tear_down(state);
}

static void write_records(int count)
{
    for (int i = 0; i < count; i++)
        note("of whoever leads");
    commit();
}

/* Gives back how many records it lacked. pieces: so many at most, then it is dropped. */
static int64_t follows(int pieces)
{
    int64_t lacks = -1;
    bool all = false;
    struct store *copy = store_open_to_follow(beside, follower, &lacks, &err);
    if (!copy)
        fail_msg("%s", err.text);
    for (int i = 0; i < pieces && !all; i++)
        if (!store_follow(copy, follower, &all, &err))
            fail_msg("%s", err.text);
    store_follow_end(copy, follower);
    return lacks;
}

static uint64_t records_beside(char hash[STORE_HASH_BYTES])
{
    struct store *copy = store_open_to_look(beside, &err);
    uint64_t head = copy ? store_head(copy, hash) : 0;
    store_close(copy);
    return head;
}

enum { SLICE = 2000, PLENTY = 1000 };

static void whoever_stands_by_follows(void **state)
{
    (void)state;
    char theirs[STORE_HASH_BYTES], ours[STORE_HASH_BYTES];
    write_records(SLICE + 500);
    assert_int_equal(follows(PLENTY), SLICE + 500);
    assert_int_equal(records_beside(theirs), store_head(store, ours));
    assert_string_equal(theirs, ours);
    write_records(3);
    assert_int_equal(follows(PLENTY), 3);
    assert_int_equal(records_beside(theirs), store_head(store, ours));
    unit_store_close(store);
    store = NULL;
    unit_store_agrees(beside, &err);
}

/* All or nothing: a journal whose tables are older would be a store that contradicts itself. */
static void what_is_dropped_on_the_way_leaves_nothing(void **state)
{
    (void)state;
    char hash[STORE_HASH_BYTES];
    write_records(SLICE + 500);
    assert_int_equal(follows(2), SLICE + 500);
    assert_int_equal(records_beside(hash), 0);
    assert_int_equal(follows(PLENTY), SLICE + 500);
    assert_int_equal(records_beside(hash), SLICE + 500);
}

/* What is written meanwhile belongs to the next time; nothing of it is there by half. */
static void what_is_written_meanwhile_is_followed_next(void **state)
{
    (void)state;
    int64_t lacks;
    bool all = false;
    char hash[STORE_HASH_BYTES];
    write_records(SLICE + 500);
    struct store *copy = store_open_to_follow(beside, follower, &lacks, &err);
    assert_true(store_follow(copy, follower, &all, &err));
    write_records(7);
    while (!all)
        assert_true(store_follow(copy, follower, &all, &err));
    store_follow_end(copy, follower);
    assert_int_equal(records_beside(hash), SLICE + 500);
    assert_int_equal(follows(PLENTY), 7);
}

/* Its last word may be nowhere else: it is for whoever is to lead to decide. */
static void a_copy_that_went_another_way_is_left_by_who_follows(void **state)
{
    (void)state;
    int64_t lacks;
    char before[STORE_HASH_BYTES], hash[STORE_HASH_BYTES];
    write_records(2);
    follows(PLENTY);
    uint64_t head = records_beside(before);
    unit_store_sql("SET session_replication_role = replica; "
                   "UPDATE reguard.journal SET hash = repeat('0', 64) WHERE seq = 2");
    assert_null(store_open_to_follow(beside, follower, &lacks, &err));
    assert_non_null(strstr(err.text, "other records"));
    assert_int_equal(records_beside(hash), head);
    assert_string_equal(hash, before);
    unit_store_sql(arena_printf(&arena,
                                "SET session_replication_role = replica; UPDATE reguard.journal "
                                "SET hash = '%s' WHERE seq = 2",
                                before));
}

/* ---- a whole file goes there ---- */

/* Three records of its own in the folder's file, and nothing there. */
static void begin_file(void)
{
    unit_store_close(store);
    unit_store_remove_file(folder);
    if (!(store = store_open(folder, &err)))
        fail_msg("%s", err.text);
    for (int i = 0; i < 3; i++)
        note("mine");
    commit();
    unit_store_close(store);
    store = NULL;
}

/* on_rows is called once every row is on its way, before the end. */
static bool copy_file(void (*on_rows)(void *arg, uint64_t done, uint64_t all),
                      struct store_copied *ret)
{
    *ret = (struct store_copied){ .records = 0 };
    err.text[0] = '\0';
    let_lease_run_out();
    struct shared *to = shared_open_to_copy(through_url, "", "a copy", &err);
    bool fine = to && store_copy_to_shared(folder, to, on_rows, NULL, ret, &err);
    shared_close(to);
    return fine;
}

static void nothing_is_there(void)
{
    assert_string_equal(unit_store_sql("SELECT count(*) FROM reguard.journal"), "0");
    assert_true((store = store_open(folder, &err)) != NULL); /* it is gone on from where it is */
    unit_store_close(store);
    store = NULL;
}

static void again_it_is_copied(bool before)
{
    struct store_copied done;
    if (!copy_file(NULL, &done))
        fail_msg("%s", err.text);
    assert_int_equal(done.before, before);
    assert_int_equal(done.records, 3);
    assert_string_equal(unit_store_sql("SELECT mark FROM reguard.about"), "");
    assert_null(store_open(folder, &err)); /* a copy, by now */
    if (!(store = unit_store_open_at(through_url, folder, &err)))
        fail_msg("%s", err.text);
    is_whole(3);
}

static void lose_on_rows(void *arg, uint64_t done, uint64_t all)
{
    (void)arg;
    assert_int_equal(done, all);
    lose_lease();
}

static void cut_before_on_rows(void *arg, uint64_t done, uint64_t all)
{
    (void)arg, (void)done, (void)all;
    *cut = CUT_BEFORE_COMMIT;
}

static void cut_after_on_rows(void *arg, uint64_t done, uint64_t all)
{
    (void)arg, (void)done, (void)all;
    *cut = CUT_AFTER_COMMIT;
}

/* Two would lead: the one that took the lease, and whoever goes on from the copy. */
static void a_lease_lost_while_records_are_copied_copies_nothing(void **state)
{
    (void)state;
    struct store_copied done;
    begin_file();
    assert_false(copy_file(lose_on_rows, &done));
    assert_non_null(strstr(err.text, "taken the lease meanwhile"));
    assert_string_equal(unit_store_sql("SELECT mark FROM reguard.about"), SHARED_MARK_FILLING);
    nothing_is_there();
    again_it_is_copied(false);
}

static void copied_whether_the_answer_comes_or_not(void **state)
{
    (void)state;
    struct store_copied done;
    begin_file();
    assert_false(copy_file(cut_before_on_rows, &done));
    assert_non_null(strstr(err.text, "the same again finds out"));
    *cut = CUT_NOTHING;
    nothing_is_there();
    assert_false(copy_file(cut_after_on_rows, &done));
    assert_non_null(strstr(err.text, "the same again finds out"));
    *cut = CUT_NOTHING;
    assert_string_equal(unit_store_sql("SELECT count(*) FROM reguard.journal"), "3");
    again_it_is_copied(true);
}

/* A row that cannot be put there, in the middle: none is. */
static void a_row_that_is_refused_leaves_nothing_there(void **state)
{
    (void)state;
    struct store_copied done;
    begin_file();
    unit_store_sql("ALTER TABLE reguard.journal ADD CHECK (seq < 3)");
    assert_false(copy_file(NULL, &done));
    assert_non_null(strstr(err.text, "the table journal"));
    unit_store_sql("ALTER TABLE reguard.journal DROP CONSTRAINT journal_seq_check");
    nothing_is_there();
    again_it_is_copied(false);
}

/* ---- how they stand ---- */

static void how_the_records_stand_is_told(void **state)
{
    (void)state;
    struct shared_standing now;
    note("first");
    commit();
    assert_true(shared_read_standing(through_url, "", &now, &err));
    assert_true(now.tables && now.leads && now.takes_writes);
    assert_string_equal(now.holder, "a unit test");
    assert_int_equal(now.records, 1);
    assert_string_equal(now.head, unit_store_sql("SELECT hash FROM reguard.journal"));
    let_lease_run_out();
    unit_store_close(store);
    store = NULL;
    assert_true(shared_read_standing(through_url, "", &now, &err));
    assert_false(now.leads);
    assert_int_equal(now.lease_left_ms, 0);
    unit_store_sql("DELETE FROM reguard.about");
    assert_false(shared_read_standing(through_url, "", &now, &err));
    assert_non_null(strstr(err.text, "not reguard's"));
    unit_store_sql("DROP SCHEMA reguard CASCADE");
    assert_true(shared_read_standing(through_url, "", &now, &err));
    assert_false(now.tables);
    unit_store_remove_file(folder);
    assert_non_null(store = unit_store_open_at(through_url, folder, &err));
}

/* True only where a commit outlasts every single server. */
static void what_a_commit_outlasts_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *commit, *fsync, *names;
        size_t synchronous;
        bool durable;
        const char *word;
    } cases[] = {
        { "off", "on", "b", 1, false, "power cut" },
        { "on", "off", "b", 1, false, "power cut" },
        { "local", "on", "b", 1, false, "one server alone" },
        { "on", "on", "", 1, false, "one server alone" },
        { "on", "on", "b", 0, false, "no synchronous standby" },
        { "remote_write", "on", "b", 1, true, "may not have it on its disk" },
        { "on", "on", "b", 1, true, "is durable" },
        { "remote_apply", "on", "b", 2, true, "is durable" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shared_standing s = { .synchronous = cases[i].synchronous };
        STR_SET(s.synchronous_commit, cases[i].commit);
        STR_SET(s.synchronous_names, cases[i].names);
        STR_SET(s.fsync, cases[i].fsync);
        assert_int_equal(shared_is_durable(&s, &err), cases[i].durable);
        assert_non_null(strstr(err.text, cases[i].word));
    }
}

int main(void)
{
#define SHARED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define BESIDE(test) cmocka_unit_test_setup_teardown(test, set_up_beside, tear_down_beside)
    const struct CMUnitTest tests[] = {
        SHARED(cut_before_the_commit_it_is_not_there),
        SHARED(cut_after_the_commit_it_is_there_and_in_doubt),
        SHARED(started_again_it_knows),
        SHARED(a_database_that_is_silent_is_not_waited_for_again),
        SHARED(a_server_that_takes_no_writes_is_waited_for),
        SHARED(a_full_disk_of_the_server_is_waited_for),
        SHARED(one_leads),
        SHARED(whoever_took_it_unheard_does_not_wait_for_itself),
        SHARED(an_asking_that_arrives_late_takes_nothing),
        SHARED(whoever_has_led_does_not_take_its_old_lease),
        SHARED(records_that_are_locked_are_asked_for_again),
        BESIDE(whoever_stands_by_follows),
        BESIDE(what_is_dropped_on_the_way_leaves_nothing),
        BESIDE(what_is_written_meanwhile_is_followed_next),
        BESIDE(a_copy_that_went_another_way_is_left_by_who_follows),
        SHARED(records_that_were_not_heard_are_asked_for_again),
        SHARED(what_was_read_is_read_whatever_ends_it),
        SHARED(whoever_stands_by_is_known_to_the_leader),
        SHARED(a_copy_of_other_records_is_let_be),
        SHARED(records_of_its_own_are_not_written_over),
        SHARED(tables_of_another_reguard_are_not_touched),
        SHARED(tables_of_the_last_reguard_are_taken_over),
        SHARED(a_record_there_is_for_ever),
        SHARED(what_the_database_refuses_is_said_and_the_next_goes_on),
        SHARED(what_was_ended_by_the_database_is_cut),
        SHARED(what_was_cut_within_a_transaction_is_never_used_again),
        SHARED(another_that_leads_ends_the_process),
        SHARED(written_there_and_not_in_the_file_ends_the_process),
        SHARED(a_copy_that_went_another_way_is_made_anew),
        SHARED(a_lease_lost_while_records_are_copied_copies_nothing),
        SHARED(copied_whether_the_answer_comes_or_not),
        SHARED(a_row_that_is_refused_leaves_nothing_there),
        SHARED(how_the_records_stand_is_told),
        SHARED(what_a_commit_outlasts_is_told),
        SHARED(an_order_is_taken_once_and_answered),
        SHARED(more_orders_than_places_are_not_taken),
    };
    if (!unit_store_url()) {
        printf("over shared records only: UNIT_STORE_URL is not set\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, begin_carrying, end_carrying);
}
