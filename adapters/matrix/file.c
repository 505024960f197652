/* SPDX-License-Identifier: Apache-2.0 */
/* An answer's file: its text goes to the media repository once, and what it is called there stands
   where the answer stands, by a transaction of its own (specification 1.19, "Content repository",
   "m.file"). Ordinary calls, few at a time: it is in nobody's way, and nothing is left of it after
   a restart. */
#include "adapters/matrix/codec_in.h"
#include "adapters/matrix/codec_out.h"
#include "adapters/matrix/internal.h"
#include "core/inert.h"
#include "core/xalloc.h"
#include "host/log.h"

#include <stdlib.h>
#include <string.h>

struct matrix_file {
    struct matrix *matrix;
    struct matrix_file *next;
    char *name, *what, *text;
    char person[LIMIT_ID_BYTES], thread[LIMIT_ID_BYTES];
    bool direct, alone;
};

static void file_free(struct matrix_file *f)
{
    free(f->name);
    free(f->what);
    free(f->text);
    free(f);
}

static void end(struct matrix_file *f)
{
    for (struct matrix_file **at = &f->matrix->files; *at; at = &(*at)->next)
        if (*at == f) {
            *at = f->next;
            break;
        }
    file_free(f);
}

static struct effect_answer answer_to(const struct matrix_file *f, const char *text)
{
    return (struct effect_answer){ .person_id = f->person,
                                   .thread_id = f->thread[0] ? f->thread : NULL,
                                   .direct = f->direct,
                                   .alone = f->alone,
                                   .text = text };
}

static void not_sent(struct matrix_file *f, const char *why)
{
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, LIMIT_ANSWER_BYTES);
    LOG(LOG_WARN, "matrix.file", LS("name", f->name), LS("error", why));
    buf_addf(&text, "The %s did not come as a file (", f->what);
    inert_add(&text, why, 120);
    buf_add(&text, "). Its text stands; ask again for the file.");
    struct effect e = { .kind = EFFECT_ANSWER, .answer = answer_to(f, buf_text(&text)) };
    if (!matrix_is_stopped(f->matrix))
        matrix_answer(f->matrix, &e);
    end(f);
}

static void on_uploaded(void *arg, const struct matrix_result *r)
{
    struct matrix_file *f = arg;
    const char *mxc = r->outcome == MATRIX_OK ? matrix_read_upload(r->json) : NULL;
    if (!mxc) {
        not_sent(f, r->outcome == MATRIX_OK ? "the homeserver gives no address for it"
                                            : matrix_why(r));
        return;
    }
    const struct effect_answer to = answer_to(f, "");
    const struct effect_file file = { .name = f->name, .text = f->text };
    if (!matrix_is_stopped(f->matrix))
        matrix_answer_file(f->matrix, &to, matrix_file_json(&file, mxc));
    end(f);
}

static bool has_place(const struct matrix_file *f)
{
    size_t count = 0;
    for (const struct matrix_file *other = f->matrix->files; other; other = other->next)
        if (++count > LIMIT_FILES_UNDER_WAY || (other != f && str_equal(f->person, other->person)))
            return false;
    return true;
}

static char *text_new(const struct matrix *m, const struct effect_file *file)
{
    CLEANUP(buf_done) struct buf address, all;
    buf_init(&address, 8 * LIMIT_ID_BYTES);
    buf_init(&all, 2 * (size_t)LIMIT_FILE_BYTES);
    buf_add(&all, file->text);
    if (file->card_id) {
        matrix_add_address(&address, m->codec.room, file->card_id, m->codec.user);
        buf_addf(&all, "\nIts card: %s\n", buf_text(&address));
    }
    return xstrdup(buf_text(&all));
}

void matrix_send_file(struct matrix *m, const struct effect_answer *a)
{
    if (!a->file || !a->person_id)
        return;
    struct matrix_file *f = xcalloc(1, sizeof *f);
    CLEANUP(buf_done) struct buf path;
    *f = (struct matrix_file){ .matrix = m,
                               .next = m->files,
                               .name = xstrdup(a->file->name),
                               .text = text_new(m, a->file),
                               .what = xstrdup(a->file->what),
                               .direct = a->direct,
                               .alone = a->alone };
    m->files = f;
    STR_SET(f->person, a->person_id);
    STR_SET(f->thread, a->thread_id);
    buf_init(&path, 512);
    matrix_path(&path, "v3/upload?filename=*", (const char *const[]){ f->name });
    if (!has_place(f))
        not_sent(f, "others are on their way");
    else if (strlen(f->text) > LIMIT_FILE_BYTES)
        not_sent(f, "it is too long");
    else
        matrix_call(
            m, &(struct matrix_ask){ .method = "POST", .path = buf_text(&path), .paper = f->text },
            on_uploaded, f);
}

void matrix_files_stop(struct matrix *m)
{
    while (m->files) {
        struct matrix_file *f = m->files;
        m->files = f->next;
        file_free(f);
    }
}
