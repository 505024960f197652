/* SPDX-License-Identifier: Apache-2.0 */
/* The page itself, compiled in: the program is whole without its folder. */
#include "tests/sandbox/page/files.h"

#include <string.h>

#define FOLDER "tests/sandbox/page/site/"
#define FILES(each)                                                                                \
    each(index_html, "index.html", "/", "text/html; charset=utf-8")                                \
        each(style_css, "style.css", "/style.css", "text/css; charset=utf-8") each(                \
            app_js, "app.js", "/app.js", SCRIPT) each(live_js, "live.js", "/live.js", SCRIPT)      \
            each(list_js, "list.js", "/list.js", SCRIPT) each(dom_js, "dom.js", "/dom.js", SCRIPT) \
                each(markup_js, "markup.js", "/markup.js", SCRIPT) each(blocks_js, "blocks.js",    \
                                                                        "/blocks.js", SCRIPT)      \
                    each(cast_js, "cast.js", "/cast.js", SCRIPT) each(message_js, "message.js",    \
                                                                      "/message.js", SCRIPT)       \
                        each(room_js, "room.js", "/room.js", SCRIPT)                               \
                            each(channel_js, "channel.js", "/channel.js", SCRIPT)                  \
                                each(people_js, "people.js", "/people.js", SCRIPT)                 \
                                    each(form_js, "form.js", "/form.js", SCRIPT)                   \
                                        each(home_js, "home.js", "/home.js", SCRIPT)               \
                                            each(inside_js, "inside.js", "/inside.js", SCRIPT)     \
                                                each(faults_js, "faults.js", "/faults.js", SCRIPT) \
                                                    each(tour_js, "tour.js", "/tour.js", SCRIPT)   \
                                                        each(steps_js, "steps.js", "/steps.js",    \
                                                             SCRIPT)
#define SCRIPT "text/javascript; charset=utf-8"

#define EMBED(symbol, name, path, type)                                                      \
    __asm__(".pushsection .rodata\n"                                                         \
            "page_" #symbol "_from:\n.incbin \"" FOLDER name "\"\n"                          \
            "page_" #symbol "_to:\n.byte 0\n"                                                \
            ".popsection\n");                                                                \
    extern const unsigned char page_##symbol##_from[] __attribute__((visibility("hidden"))), \
        page_##symbol##_to[] __attribute__((visibility("hidden")));
FILES(EMBED)

#define ROW(symbol, name, path, type) { path, type, page_##symbol##_from, page_##symbol##_to },
static const struct page_file files[] = { FILES(ROW) };

const struct page_file *page_file_at(const char *path)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (strcmp(files[i].path, path) == 0)
            return &files[i];
    return NULL;
}
