/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/transcript/play.h"
#include "tests/transcript/script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* "[+1d 09:00:00.250] what" */
static bool read_stamp(const char *line, ms_t *ret_ms, const char **ret_what)
{
    int day = 0, hour = 0, minute = 0, second = 0, ms = 0;
    const char *p = line + 1, *end = strchr(line, ']');
    if (*p == '+') {
        if (sscanf(p, "+%9dd", &day) != 1)
            return false;
        p = strchr(p, ' ');
    }
    if (!p || !end || sscanf(p, "%9d:%9d:%9d.%9d", &hour, &minute, &second, &ms) < 3)
        return false;
    *ret_ms = RUN_DAY_MS + day * MS_DAY + hour * MS_HOUR + minute * MS_MINUTE + second * MS_SECOND +
              ms;
    *ret_what = end + 1 + strspn(end + 1, " ");
    return true;
}

static bool is_ours(const char *what)
{
    static const char *const headers[] = {
        "start",           "clock",      "stax answers", "slack answers", "mail server answers",
        "slack by itself", "AWS answers"
    };
    for (size_t i = 0; i < COUNT(headers); i++)
        if (str_equal(headers[i], what))
            return true;
    return false;
}

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

void transcript_play(struct run *r, const struct transcript *t)
{
    bool begun = false;
    for (size_t i = 0; i < t->line_count; i++) {
        const char *line = t->lines[i].text;
        if (transcript_is_stamped(line)) {
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
