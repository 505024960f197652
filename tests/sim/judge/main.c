/* SPDX-License-Identifier: Apache-2.0 */
/* reguard-judge FILE: judges the evidence that `reguard-sim --evidence FILE` has kept. A program
   of its own, so that it cannot be linked with anything of the bot. */
#include "judge.h"

#include <stdio.h>
#include <stdlib.h>

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    size_t bytes = 0, room = 1 << 20;
    char *text = malloc(room);
    while (file && text && !feof(file)) {
        bytes += fread(text + bytes, 1, room - bytes - 1, file);
        if (ferror(file))
            break;
        if (room - bytes < 2) {
            char *longer = realloc(text, room *= 2);
            if (!longer)
                free(text);
            text = longer;
        }
    }
    if (!file || !text || ferror(file)) {
        perror(path);
        exit(2);
    }
    fclose(file);
    text[bytes] = '\0';
    return text;
}

int main(int argc, char **argv)
{
    struct judge_verdict v = { 0 };
    if (argc != 2) {
        fprintf(stderr, "usage: reguard-judge FILE\n");
        return 64;
    }
    char *text = read_file(argv[1]);
    judge(text, &v);
    free(text);
    for (size_t i = 0; i < v.count; i++)
        printf("%s: %s\n", v.violations[i].rule, v.violations[i].text);
    printf("%zu violations\n", v.count);
    return v.count ? 1 : 0;
}
