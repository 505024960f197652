/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/transcript/file.h"
#include "cli/kinds.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

const char *const transcript_folder = "tests/transcripts";

/* ---- reading ---- */

char *transcript_text(const char *path)
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

void transcript_split(struct transcript *t)
{
    t->lines = calloc(LINES, sizeof *t->lines);
    char *rest = t->text;
    for (char *line; (line = world_piece(&rest, '\n')) != NULL && t->line_count < LINES;) {
        t->lines[t->line_count] = (struct line){ line, (int)t->line_count + 1 };
        t->line_count++;
    }
}

bool transcript_is_stamped(const char *line)
{
    return line[0] == '[' && (line[1] == '+' || (line[1] >= '0' && line[1] <= '9'));
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
    bool good = config_read(path, adapter_kinds, &t->config, &errors);
    unlink(path);
    if (!good)
        fail_msg("%s: %s", t->name, buf_text(&errors));
    STR_SET(t->config.policy.command_word, "/reguard");
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

/* The first in the table, which is the one that is configured below. */
static const struct provider *provider(void)
{
    size_t i = 0;
    while (adapter_kinds[i]->role != ADAPTER_PROVIDER)
        i++;
    return adapter_kinds[i]->provider;
}

void transcript_head(struct transcript *t)
{
    CLEANUP(buf_done) struct buf policy, stax, alarm, all;
    buf_init(&policy, 4096);
    buf_init(&alarm, 4096);
    buf_init(&stax, 4096);
    buf_init(&all, 16 * 1024);
    world_init(&t->world, provider());
    t->world.chat_up = true;
    bool people = false, dead_man = false;
    const char *aws = "";
    for (size_t i = 0; i < t->line_count && !transcript_is_stamped(t->lines[i].text); i++) {
        const char *line = t->lines[i].text;
        if (strncmp(line, "people: ", 8) == 0) {
            read_people(t, line + 8);
            people = true;
        } else if (strncmp(line, "[policy] ", 9) == 0) {
            buf_addf(&policy, "%s\n", line + 9);
            dead_man |= strncmp(line + 9, "dead_man", 8) == 0;
        } else if (strncmp(line, "[stax] ", 7) == 0) {
            buf_addf(&stax, "%s\n", line + 7);
        } else if (strncmp(line, "[alarm] ", 8) == 0) {
            buf_addf(&alarm, "%s%s\n", alarm.bytes ? "" : "[alarm]\n", line + 8);
        } else if (str_equal(line, "[aws]")) {
            aws = "[aws]\nregion = eu-central-1\naccess_key_id = AKIABASE000000000001\n"
                  "secret_access_key_file = /e\n";
        } else if (strncmp(line, "restart may give: ", 18) == 0) {
            read_exception(t, line + 18);
        } else if (line[0] && line[0] != '#') {
            fail_msg("%s:%d: not understood: %s", t->name, t->lines[i].number, line);
        }
    }
    if (!people)
        read_people(t, "ana=Admin ben=Admin cleo=Admin dan=User");
    if (!dead_man) /* its chat shows nothing later by itself, which each card would say */
        buf_add(&policy, "dead_man = off\n");
    buf_addf(&all,
             "[policy]\n%s[stax]\napi_url = https://127.0.0.1\naccess_key_file = "
             "/c\nsecret_key_file = /d\norganisation = %s\n%s%s%s",
             buf_text(&policy), world_organisation, buf_text(&stax), buf_text(&alarm), aws);
    configure(t, buf_text(&all));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct transcript *)a)->name, ((const struct transcript *)b)->name);
}

static void read_whole(struct transcript *t)
{
    snprintf(t->path, sizeof t->path, "%s/%s", transcript_folder, t->name);
    t->text = transcript_text(t->path);
    transcript_split(t);
    transcript_head(t);
}

size_t transcript_read_all(struct transcript all[TRANSCRIPTS_MOST])
{
    size_t count = 0;
    DIR *dir = opendir(transcript_folder);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".txt") != 0)
            continue;
        assert_true(count < TRANSCRIPTS_MOST);
        STR_SET(all[count++].name, entry->d_name);
    }
    if (dir)
        closedir(dir);
    qsort(all, count, sizeof *all, by_name);
    for (size_t i = 0; i < count; i++)
        read_whole(&all[i]);
    return count;
}
