/* What the homeserver left out of an answer: read page by page from where the last answer ended,
   and fed before the answer's own events. */
#include "adapters/matrix/internal.h"
#include "host/json.h"
#include "host/log.h"

#include <stdlib.h>
#include <string.h>

enum { GAP_PAGES = 200 };

void matrix_gap_end(struct matrix *m, const char *why)
{
    if (why) {
        LOG(LOG_ERROR, "matrix.gap", LS("why", why),
            LS("next", "what was said is looked for once more when catching up"));
        matrix_lose_track(m);
        matrix_down(m, "messages may have been missed");
    }
    m->feed.gap_over = true;
    m->feed.events = json_object_get(matrix_timeline(m, m->feed.answer), "events");
    m->feed.at = 0;
    loop_timer_set(m->loop, &m->feeding, 0);
}

static void take_page(struct matrix *m, json_t *chunk, const char *end)
{
    bool more = end && !str_equal(end, m->feed.gap_from) && json_array_size(chunk) > 0;
    free(m->feed.gap_from);
    m->feed.gap_from = more ? strdup(end) : NULL;
    json_object_set(m->feed.answer, "reguard.page",
                    chunk); /* lives as long as the answer, or until the next page */
    m->feed.events = json_object_get(m->feed.answer, "reguard.page");
    m->feed.at = 0;
    loop_timer_set(m->loop, &m->feeding, 0);
}

static void on_page(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    json_t *chunk = json_object_get(r->json, "chunk");
    if (m->stopping)
        return;
    if (r->outcome == MATRIX_OK && chunk) {
        take_page(m, chunk, json_text(r->json, "end"));
    } else if (r->too_long && matrix_page_too_long(m)) {
        matrix_gap_read(m);
    } else if (r->too_long) {
        matrix_gap_end(m, "one page of one event is longer than can be read");
    } else if (r->outcome == MATRIX_LATER || r->outcome == MATRIX_UNKNOWN) {
        matrix_forget_answer(m); /* asked for again from the same place */
        matrix_connect_again(m, r->error[0] ? r->error : r->errcode, r->retry_after_ms);
    } else {
        matrix_gap_end(m, r->error[0] ? r->error : "no page of messages in the answer");
    }
}

void matrix_gap_read(struct matrix *m)
{
    const char *to = json_text(matrix_timeline(m, m->feed.answer), "prev_batch");
    if (++m->feed.gap_pages > GAP_PAGES) {
        matrix_gap_end(m, "more was said at once than is read");
        return;
    }
    m->feed.events = NULL;
    matrix_ask_page(m,
                    &(struct matrix_page){ .from = m->feed.gap_from, .to = to, .forwards = true },
                    on_page, m);
}
