/* SPDX-License-Identifier: Apache-2.0 */
/* The specification of the pure core: plays each file of tests/transcripts and compares what the
   desk says and does, line by line. Afterwards (a) the journal alone must lead to the same desk,
   and (b) a restart after any event must not change how it ends. TRANSCRIPT_ACCEPT=1 writes what
   was seen into the files; read the difference before committing it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/transcript/compare.h"
#include "tests/transcript/play.h"
#include "tests/transcript/restart.h"
#include "tests/transcript/rounds.h"

#include <dirent.h>

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

static void no_rule_has_raced(const struct transcript *t)
{
    const char *race = rounds_race();
    if (race[0])
        fail_msg("%s: %s", t->path, race);
}

static void test_transcript(void **state)
{
    struct transcript *t = *state;
    snprintf(t->path, sizeof t->path, "%s/%s", transcript_folder, t->name);
    t->text = transcript_text(t->path);
    transcript_split(t);
    transcript_head(t);
    struct run r;
    run_init(&r, &t->config, &t->world);
    r.exceptions = t->exceptions;
    transcript_play(&r, t);
    if (r.failure[0])
        fail_msg("%s: %s", t->path, r.failure);
    no_rule_has_raced(t);
    accept_or_compare(t, &r);
    if (!compare_folded(&r))
        fail_msg("%s: the journal does not lead to the same desk", t->path);
    if (!getenv("TRANSCRIPT_QUICK"))
        transcript_check_restarts(t, &r);
    no_rule_has_raced(t);
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
    DIR *dir = opendir(transcript_folder);
    const char *only = getenv("TRANSCRIPT");
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".txt") != 0 || (only && !strstr(entry->d_name, only)))
            continue;
        if (count == TRANSCRIPTS_MOST) {
            fprintf(stderr, "more than %d transcripts\n", (int)TRANSCRIPTS_MOST);
            exit(1);
        }
        STR_SET(transcripts[count++].name, entry->d_name);
    }
    if (dir)
        closedir(dir);
    qsort(transcripts, count, sizeof *transcripts, by_name);
    return count;
}

int main(void)
{
    struct transcript *transcripts = calloc(TRANSCRIPTS_MOST, sizeof *transcripts);
    struct CMUnitTest *tests = calloc(TRANSCRIPTS_MOST, sizeof *tests);
    if (!transcripts || !tests) {
        fprintf(stderr, "no memory for the transcripts\n");
        free(tests);
        free(transcripts);
        return 1;
    }
    size_t count = find_files(transcripts);
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){ .name = transcripts[i].name,
                                        .test_func = test_transcript,
                                        .initial_state = &transcripts[i] };
    if (count == 0) {
        fprintf(stderr, "no transcripts in %s: run from the project's root\n", transcript_folder);
        free(tests);
        free(transcripts);
        return 1;
    }
    int failed = _cmocka_run_group_tests("transcripts", tests, count, NULL, NULL);
    free(tests);
    free(transcripts);
    return failed;
}
