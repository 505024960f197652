/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of what was said (client-server specification 1.19, "Getting events for a room"). */
#include "adapters/matrix/internal.h"

enum { CALM_PAGES = 8 };

void matrix_ask_page(struct matrix *m, const struct matrix_page *page, matrix_done done, void *arg)
{
    CLEANUP(buf_done) struct buf path = { 0 };
    buf_init(&path, 8192);
    if (m->page_limit < LIMIT_MATRIX_PAGE && ++m->calm_pages >= CALM_PAGES) {
        m->page_limit = m->page_limit * 2 < LIMIT_MATRIX_PAGE ? m->page_limit * 2
                                                              : LIMIT_MATRIX_PAGE;
        m->calm_pages = 0;
    }
    matrix_path(&path, "v3/rooms/*/messages", (const char *const[]){ m->codec.room });
    buf_addf(&path, "?dir=%c&limit=%d", page->forwards ? 'f' : 'b', m->page_limit);
    if (page->from)
        matrix_path(&path, "&from=*", (const char *const[]){ page->from });
    if (page->to)
        matrix_path(&path, "&to=*", (const char *const[]){ page->to });
    matrix_call(m,
                &(struct matrix_ask){ .method = "GET",
                                      .path = buf_text(&path),
                                      .repeated = true,
                                      .lists = true,
                                      .urgency = page->urgency },
                done, arg);
}

bool matrix_page_too_long(struct matrix *m)
{
    m->calm_pages = 0;
    if (m->page_limit == 1)
        return false;
    m->page_limit /= 2;
    return true;
}
