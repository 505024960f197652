/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/asker.h"
#include "core/xalloc.h"

#include <stdlib.h>

struct aws_asker {
    struct aws_client *client;
    struct aws_source *source;
    enum aws_action action;
    const char *body;
    aws_answered done;
    void *arg;
    bool again; /* with another session, after the first one was over */
};

static void on_keys(void *arg, const struct aws_session *keys, const char *why);

static void on_answer(void *arg, const struct aws_answer *r)
{
    struct aws_asker *a = arg;
    if (!r->body && r->refusal == AWS_ENDED && !a->again && aws_source_ended(a->source)) {
        a->again = true;
        aws_source_need(a->source, on_keys, a);
        return;
    }
    a->done(a->arg, r);
}

static void on_keys(void *arg, const struct aws_session *keys, const char *why)
{
    struct aws_asker *a = arg;
    if (keys)
        aws_client_ask(a->client,
                       &(struct aws_ask){ .action = a->action, .keys = keys, .body = a->body },
                       on_answer, a);
    else
        a->done(a->arg, &(struct aws_answer){ .error = why });
}

void aws_asker_ask(struct aws_asker *a, enum aws_action action, const char *body, aws_answered done,
                   void *arg)
{
    a->action = action;
    a->body = body;
    a->done = done;
    a->arg = arg;
    a->again = false;
    aws_source_need(a->source, on_keys, a);
}

struct aws_asker *aws_asker_new(struct aws_client *client, struct aws_source *source)
{
    struct aws_asker *a = xcalloc(1, sizeof *a);
    a->client = client;
    a->source = source;
    return a;
}

void aws_asker_free(struct aws_asker *a) { free(a); }
