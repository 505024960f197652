/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_lines.h"
#include "core/xalloc.h"
#include "core/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool config_lines_open(struct config_lines *lines, const char *file, struct err *err)
{
    *lines = (struct config_lines){ .text = xmalloc(LIMIT_CONFIG_BYTES + 2) };
    FILE *stream = fopen(file, "re");
    if (!stream)
        return err_set(err, "%s: %s", file, strerror(errno));
    errno = 0;
    lines->bytes = fread(lines->text, 1, LIMIT_CONFIG_BYTES + 1, stream);
    bool failed = ferror(stream);
    int why = errno;
    (void)fclose(stream);
    if (failed)
        return err_set(err, "%s: %s", file, strerror(why));
    lines->text[lines->bytes] = '\0';
    return lines->bytes <= LIMIT_CONFIG_BYTES ||
           err_set(err, "%s: longer than %d bytes", file, (int)LIMIT_CONFIG_BYTES);
}

void config_lines_done(struct config_lines *lines)
{
    free(lines->text);
    lines->text = NULL;
}

/* Tabs and the line's end are the only control characters that belong into the file. */
static const char *bad_characters(const char *line, size_t bytes)
{
    for (size_t i = 0; i < bytes;) {
        uint32_t code = 0;
        size_t length = line[i] ? utf8_decode(line + i, &code) : 0;
        if (line[i] == '\0' || (length && (code < 0x20 || code == 0x7F) && code != '\t'))
            return "the line holds a NUL byte or another control character";
        if (length == 0)
            return "the line is not UTF-8";
        i += length;
    }
    return "";
}

/* What a line must be: empty, a comment, a heading, or key = value. */
static const char *bad_form(const char *line, char *heading, size_t room)
{
    const char *comment = strstr(line, " ;");
    size_t end = comment ? (size_t)(comment - line) : strlen(line);
    if (line[0] == '\0' || line[0] == ';' || line[0] == '#')
        return "";
    size_t close = strcspn(line, "]"), sign = strcspn(line, "=:");
    if (line[0] != '[')
        return sign < end ? "" : "this line is neither a section, a comment, nor key = value";
    if (close >= end)
        return "the section's name has no closing bracket";
    snprintf(heading, room, "%.*s", (int)(close - 1), line + 1);
    return "";
}

bool config_lines_next(struct config_lines *lines, char *to, size_t room, struct config_line *ret)
{
    *ret = (struct config_line){ .problem = "" };
    if (lines->at >= lines->bytes)
        return false;
    const char *start = lines->text + lines->at,
               *newline = memchr(start, '\n', lines->bytes - lines->at);
    size_t bytes = newline ? (size_t)(newline - start) : lines->bytes - lines->at;
    lines->at += bytes + 1;
    if (lines->line++ == 0 && bytes >= 3 && memcmp(start, "\xEF\xBB\xBF", 3) == 0)
        start += 3, bytes -= 3;
    if (bytes > 0 && start[bytes - 1] == '\r')
        bytes--;
    for (; bytes > 0 && (*start == ' ' || *start == '\t'); bytes--)
        start++;
    to[0] = '\0';
    ret->problem = bytes >= room ? "the line is too long" : bad_characters(start, bytes);
    if (ret->problem[0])
        return true;
    memcpy(to, start, bytes);
    to[bytes] = '\0';
    ret->problem = bad_form(to, ret->heading, sizeof ret->heading);
    if (ret->problem[0])
        to[0] = '\0';
    return true;
}
