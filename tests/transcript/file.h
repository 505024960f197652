/* SPDX-License-Identifier: Apache-2.0 */
/* One transcript as a file: its lines, and the configuration and the world it begins with. */
#ifndef REGUARD_TRANSCRIPT_FILE_H
#define REGUARD_TRANSCRIPT_FILE_H

#include "config/config.h"
#include "tests/transcript/world.h"

extern const char *const transcript_folder;
enum { FILE_BYTES = 1024 * 1024, LINES = 20000, TRANSCRIPTS_MOST = 512 };

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
/* The whole file, malloc'ed; fails the test when it cannot be read. */
char *transcript_text(const char *path);
/* t->text into lines, which are cut in it. */
void transcript_split(struct transcript *t);
/* "[policy] key = value" and "people: …" lines, before the first stamped one. */
void transcript_head(struct transcript *t);
/* Every file of the folder by name, split and with its head; fails the test when there are more
   than TRANSCRIPTS_MOST. Returns how many. Their texts and lines are the caller's. */
size_t transcript_read_all(struct transcript all[TRANSCRIPTS_MOST]);
/* "[09:00:00] …", not a line of the head or of what follows. */
bool transcript_is_stamped(const char *line);

#endif
