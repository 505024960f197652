/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/asker.h"
#include "core/ensure.h"
#include "core/xalloc.h"

#include <stdlib.h>
#include <string.h>

struct question {
    enum aws_action action;
    const char *body;
    aws_answered done;
    void *arg;
};

struct aws_asker {
    struct aws_client *client;
    struct aws_source *source;
    struct question all[AWS_ASKER_WAITING]; /* the first one is under way */
    size_t count;
    bool again; /* with another session, after the first one was over */
};

static void on_keys(void *arg, const struct aws_session *keys, const char *why);

static void begin(struct aws_asker *a)
{
    a->again = false;
    aws_source_need(a->source, on_keys, a);
}

/* The next one is begun behind whatever the answer leads to, so that nothing is asked inside it. */
static void end(struct aws_asker *a, const struct aws_answer *r)
{
    struct question q = a->all[0];
    memmove(a->all, a->all + 1, --a->count * sizeof q);
    size_t waiting = a->count;
    q.done(q.arg, r);
    if (waiting)
        begin(a);
}

static void on_answer(void *arg, const struct aws_answer *r)
{
    struct aws_asker *a = arg;
    if (!r->body && r->refusal == AWS_ENDED && !a->again && aws_source_ended(a->source)) {
        a->again = true;
        aws_source_need(a->source, on_keys, a);
        return;
    }
    end(a, r);
}

static void on_keys(void *arg, const struct aws_session *keys, const char *why)
{
    struct aws_asker *a = arg;
    const struct question *q = &a->all[0];
    if (keys)
        aws_client_ask(a->client,
                       &(struct aws_ask){ .action = q->action, .keys = keys, .body = q->body },
                       on_answer, a);
    else
        end(a, &(struct aws_answer){ .error = why });
}

void aws_asker_ask(struct aws_asker *a, enum aws_action action, const char *body, aws_answered done,
                   void *arg)
{
    ENSURE(a->count < AWS_ASKER_WAITING, "%d questions at once", AWS_ASKER_WAITING);
    a->all[a->count++] = (struct question){ action, body, done, arg };
    if (a->count == 1)
        begin(a);
}

struct aws_asker *aws_asker_new(struct aws_client *client, struct aws_source *source)
{
    struct aws_asker *a = xcalloc(1, sizeof *a);
    a->client = client;
    a->source = source;
    return a;
}

void aws_asker_free(struct aws_asker *a) { free(a); }
