/* SPDX-License-Identifier: Apache-2.0 */
/* As strict as a homeserver: a type, some bytes and not too many, whoever asks logged in. */
#include "tests/sandbox/matrix/media.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <string.h>

enum { UPLOAD_BYTES_MOST = 256 * 1024, UPLOADS_MOST = 256 };

void matrixd_media_start(struct matrixd *m) { m->media = json_object(); }

void matrixd_media_done(struct matrixd *m) { json_decref(m->media); }

void matrixd_media_upload(struct matrixd_call *call)
{
    const struct web_request *r = call->request;
    const char *type = web_request_header(r, "content-type"),
               *name = sandbox_text(call->query, "filename");
    char id[32], address[256];
    json_t *content = json_stringn(r->body, r->body_bytes);
    sandbox_random(id, 24);
    snprintf(address, sizeof address, "mxc://" MATRIXD_SERVER "/%s", id);
    snprintf(call->note, sizeof call->note, "%s", name);
    if (r->body_bytes > UPLOAD_BYTES_MOST || json_object_size(call->m->media) == UPLOADS_MOST) {
        matrixd_refuse(call, 413, "M_TOO_LARGE", "Upload request body is too large");
    } else if (!type || !r->body_bytes || !content) {
        matrixd_refuse(call, 400, "M_UNKNOWN", "Upload request missing type or content");
    } else {
        json_object_set_new(call->m->media, address,
                            json_pack("{s:s, s:s, s:O}", "name", name, "type", type, "content",
                                      content));
        matrixd_answer(call, json_pack("{s:s}", "content_uri", address));
        sandbox_changed();
    }
    json_decref(content);
}

/* For whoever is logged in: of this server, and with the type that was said. */
void matrixd_media_download(struct matrixd_call *call)
{
    char address[256];
    snprintf(address, sizeof address, "mxc://%s/%s", call->args[0], call->args[1]);
    const json_t *kept = json_object_get(call->m->media, address);
    if (!kept) {
        matrixd_refuse(call, 404, "M_NOT_FOUND", "Not found");
        return;
    }
    web_reply_text(call->reply, 200, sandbox_text(kept, "content"));
    call->reply->content_type = sandbox_text(kept, "type");
    call->reply->extra_name = "Content-Disposition";
    call->reply->extra_value = "attachment";
}

void matrixd_media_show(void *matrix, const struct control_call *call)
{
    web_reply_json(call->reply, 200, json_deep_copy(((struct matrixd *)matrix)->media));
}
