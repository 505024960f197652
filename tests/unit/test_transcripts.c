/* The specification of the pure core: plays each file of tests/transcripts and compares what the
   desk says and does, line by line. Afterwards (a) the journal alone must lead to the same desk,
   and (b) a restart after any event must not change how it ends. TRANSCRIPT_ACCEPT=1 writes what
   was seen into the files; read the difference before committing it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "transcript_script.h"
#include "transcript_compare.h"

#include <dirent.h>
#include <unistd.h>

static const char *const folder = "tests/transcripts";
enum { FILES = 256, FILE_BYTES = 1024 * 1024, LINES = 20000 };

/* One file: its lines, the configuration and the world it begins with. */
struct transcript {
    char name[64], path[256];
    char *text;
    struct line {
        const char *text;
        int number;
    } * lines;
    size_t line_count;
    const char *exceptions[8];
    struct config config;
    struct world world;
};

/* ---- reading ---- */

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, FILE_BYTES + 1);
    if (!file || !text)
        fail_msg("%s cannot be read", path);
    if (fread(text, 1, FILE_BYTES, file) == FILE_BYTES)
        fail_msg("%s is too long", path);
    fclose(file);
    return text;
}

static void split(struct transcript *t)
{
    t->lines = calloc(LINES, sizeof *t->lines);
    char *rest = t->text;
    for (char *line; (line = world_piece(&rest, '\n')) != NULL && t->line_count < LINES;) {
        t->lines[t->line_count] = (struct line){ line, (int)t->line_count + 1 };
        t->line_count++;
    }
}

static bool is_stamped(const char *line)
{
    return line[0] == '[' && (line[1] == '+' || (line[1] >= '0' && line[1] <= '9'));
}

/* "[+1d 09:00:00.250] what" */
static bool read_stamp(const char *line, ms_t *ret_ms, const char **ret_what)
{
    int day = 0, hour = 0, minute = 0, second = 0, ms = 0;
    const char *p = line + 1, *end = strchr(line, ']');
    if (*p == '+') {
        if (sscanf(p, "+%dd", &day) != 1)
            return false;
        p = strchr(p, ' ');
    }
    if (!p || !end || sscanf(p, "%d:%d:%d.%d", &hour, &minute, &second, &ms) < 3)
        return false;
    *ret_ms = RUN_DAY_MS + day * MS_DAY + hour * MS_HOUR + minute * MS_MINUTE + second * MS_SECOND +
              ms;
    *ret_what = end + 1 + strspn(end + 1, " ");
    return true;
}

static bool is_ours(const char *what)
{
    static const char *const headers[] = { "start", "clock", "stax answers", "slack answers",
                                           "mail server answers" };
    for (size_t i = 0; i < COUNT(headers); i++)
        if (str_equal(headers[i], what))
            return true;
    return false;
}

/* ---- the beginning: people and configuration ---- */

static void read_people(struct transcript *t, const char *list)
{
    char copy[1000], *rest = copy;
    STR_SET(copy, list);
    for (char *word; (word = world_piece(&rest, ' ')) != NULL;)
        if (*word && !world_add_person(&t->world, word))
            fail_msg("%s: people: %s", t->name, word);
}

static void add_people(const struct transcript *t, struct buf *ini)
{
    buf_add(ini, "[people]\n");
    for (size_t i = 0; i < t->world.people_count; i++) {
        const struct being *b = &t->world.people[i];
        if (!b->mapped || b->alias_of[0])
            continue;
        buf_addf(ini, "%s = slack:%s", b->email, b->chat_id);
        for (size_t k = 0; k < t->world.people_count; k++)
            if (str_equal(t->world.people[k].alias_of, b->name))
                buf_addf(ini, " slack:%s", t->world.people[k].chat_id);
        buf_add(ini, "\n");
    }
}

/* What the [people] list itself refuses, but a careless merge could bring. */
static void map_twice(struct transcript *t)
{
    for (size_t i = 0; i < t->world.people_count; i++) {
        if (!t->world.people[i].twice)
            continue;
        struct person *p = &t->config.people.rows[t->config.people.count++];
        STR_SET(p->key, "shared@example.com");
        STR_SET(p->ids[0].chat, "slack");
        STR_SET(p->ids[0].id, t->world.people[i].chat_id);
        p->id_count = 1;
    }
}

static void configure(struct transcript *t, const char *sections)
{
    CLEANUP(buf_done) struct buf ini, errors;
    buf_init(&ini, 32 * 1024);
    buf_init(&errors, 4096);
    buf_addf(&ini,
             "[bot]\nstate_dir = /nowhere\n[slack]\napp_token_file = /a\nbot_token_file = /b\nteam "
             "= T01\nchannel = C01\n[mail]\nsmtp_url = smtp://127.0.0.1\n"
             "from = reguard@example.com\n%s",
             sections);
    add_people(t, &ini);
    char path[] = "/tmp/transcript-XXXXXX";
    int file = mkstemp(path);
    if (file < 0 || write(file, ini.text, ini.bytes) != (ssize_t)ini.bytes)
        fail_msg("no configuration could be written");
    close(file);
    bool good = config_read(path, &t->config, &errors);
    unlink(path);
    if (!good)
        fail_msg("%s: %s", t->name, buf_text(&errors));
    STR_SET(t->config.policy.command_word, t->config.slack.command);
    map_twice(t);
}

static void read_exception(struct transcript *t, const char *text)
{
    size_t i = 0;
    while (t->exceptions[i])
        i++;
    if (i + 1 == COUNT(t->exceptions))
        fail_msg("%s: too many exceptions", t->name);
    t->exceptions[i] = text;
}

/* "[policy] key = value" and "people: …" lines, before the first stamped one. */
static void read_head(struct transcript *t)
{
    CLEANUP(buf_done) struct buf policy, stax, all;
    buf_init(&policy, 4096);
    buf_init(&stax, 4096);
    buf_init(&all, 16 * 1024);
    world_init(&t->world);
    t->world.chat_up = true;
    bool people = false;
    for (size_t i = 0; i < t->line_count && !is_stamped(t->lines[i].text); i++) {
        const char *line = t->lines[i].text;
        if (strncmp(line, "people: ", 8) == 0) {
            read_people(t, line + 8);
            people = true;
        } else if (strncmp(line, "[policy] ", 9) == 0) {
            buf_addf(&policy, "%s\n", line + 9);
        } else if (strncmp(line, "[stax] ", 7) == 0) {
            buf_addf(&stax, "%s\n", line + 7);
        } else if (strncmp(line, "restart may give: ", 18) == 0) {
            read_exception(t, line + 18);
        } else if (line[0] && line[0] != '#') {
            fail_msg("%s:%d: not understood: %s", t->name, t->lines[i].number, line);
        }
    }
    if (!people)
        read_people(t, "ana=Admin ben=Admin cleo=Admin dan=User");
    buf_addf(&all,
             "[policy]\n%s[stax]\napi_url = https://127.0.0.1\naccess_key_file = "
             "/c\nsecret_key_file = /d\norganisation = %s\n%s",
             buf_text(&policy), world_organisation, buf_text(&stax));
    configure(t, buf_text(&all));
}

/* ---- playing ---- */

static void play_line(struct run *r, const struct transcript *t, const struct line *line)
{
    ms_t at = 0;
    const char *what = NULL;
    if (!read_stamp(line->text, &at, &what))
        fail_msg("%s:%d: no time: %s", t->name, line->number, line->text);
    if (is_ours(what))
        return;
    run_until(r, at);
    buf_addf(&r->log, "%s\n", line->text);
    if (!r->failure[0] && !script_act(r, what))
        fail_msg("%s:%d: not understood: %s", t->name, line->number, what);
}

/* The world is well before the first line: started a minute earlier, everything connected. */
static void play(struct run *r, const struct transcript *t)
{
    bool begun = false;
    for (size_t i = 0; i < t->line_count; i++) {
        const char *line = t->lines[i].text;
        if (is_stamped(line)) {
            if (!begun) {
                r->now_ms = RUN_DAY_MS + 9 * MS_HOUR - MS_MINUTE;
                run_start(r);
            }
            begun = true;
            play_line(r, t, &t->lines[i]);
        } else if (strncmp(line, "  ", 2) != 0) {
            buf_addf(&r->log, "%s\n", line);
        }
    }
}

/* ---- the tests ---- */

static void accept_or_compare(const struct transcript *t, const struct run *r)
{
    CLEANUP(buf_done) struct buf expected;
    buf_init(&expected, (size_t)2 * FILE_BYTES);
    for (size_t i = 0; i < t->line_count; i++)
        buf_addf(&expected, "%s\n", t->lines[i].text);
    if (str_equal(buf_text(&expected), buf_text(&r->log)))
        return;
    if (!getenv("TRANSCRIPT_ACCEPT")) {
        compare_print(buf_text(&expected), buf_text(&r->log));
        fail_msg("%s is not what happens; TRANSCRIPT_ACCEPT=1 takes it as it is now", t->path);
    }
    FILE *file = fopen(t->path, "w");
    if (!file || fputs(buf_text(&r->log), file) < 0 || fclose(file) != 0)
        fail_msg("%s cannot be written", t->path);
}

/* Looks of the watch that follow each other and find nothing new are all alike: of a long row only
   its ends and some are tried. */
static bool is_worth_a_restart(const struct run *r, int64_t k)
{
    for (int64_t i = k - 3 > 0 ? k - 3 : 0; i <= k && i < r->events; i++)
        if (r->mattered[i])
            return true;
    return k % 97 == 0;
}

static void check_restarts(const struct transcript *t, const struct run *undisturbed)
{
    size_t bad = 0;
    for (int64_t k = 1; k <= undisturbed->events && bad < 8; k++)
        for (int loses = 0; loses < 2 && is_worth_a_restart(undisturbed, k); loses++) {
            struct run r;
            run_init(&r, &t->config, &t->world);
            r.restart_after = k;
            r.loses_effects = loses;
            play(&r, t);
            bad += !compare_outcomes(undisturbed, &r);
            run_done(&r);
        }
    if (bad)
        fail_msg("%s ends otherwise when the process restarts", t->path);
}

static void test_transcript(void **state)
{
    struct transcript *t = *state;
    snprintf(t->path, sizeof t->path, "%s/%s", folder, t->name);
    t->text = read_file(t->path);
    split(t);
    read_head(t);
    struct run r;
    run_init(&r, &t->config, &t->world);
    r.exceptions = t->exceptions;
    play(&r, t);
    if (r.failure[0])
        fail_msg("%s: %s", t->path, r.failure);
    accept_or_compare(t, &r);
    if (!compare_folded(&r))
        fail_msg("%s: the journal does not lead to the same desk", t->path);
    if (!getenv("TRANSCRIPT_QUICK"))
        check_restarts(t, &r);
    run_done(&r);
    free(t->lines);
    free(t->text);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct transcript *)a)->name, ((const struct transcript *)b)->name);
}

static size_t find_files(struct transcript *transcripts)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    const char *only = getenv("TRANSCRIPT");
    for (struct dirent *entry; dir && count < FILES && (entry = readdir(dir)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot && strcmp(dot, ".txt") == 0 && (!only || strstr(entry->d_name, only)))
            STR_SET(transcripts[count++].name, entry->d_name);
    }
    if (dir)
        closedir(dir);
    qsort(transcripts, count, sizeof *transcripts, by_name);
    return count;
}

int main(void)
{
    struct transcript *transcripts = calloc(FILES, sizeof *transcripts);
    struct CMUnitTest *tests = calloc(FILES, sizeof *tests);
    if (!transcripts || !tests)
        return 1;
    size_t count = find_files(transcripts);
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){ .name = transcripts[i].name,
                                        .test_func = test_transcript,
                                        .initial_state = &transcripts[i] };
    if (count == 0) {
        fprintf(stderr, "no transcripts in %s: run from the project's root\n", folder);
        return 1;
    }
    int failed = _cmocka_run_group_tests("transcripts", tests, count, NULL, NULL);
    free(tests);
    free(transcripts);
    return failed;
}
