/* SPDX-License-Identifier: Apache-2.0 */
#include "port/raising.h"
#include "core/xalloc.h"

#include <stdlib.h>

struct raising {
    struct adapter adapter;
    struct adapter_ops ops;
    struct adapter *provider;
};

static struct adapter *behind(const struct adapter *adapter)
{
    return ((const struct raising *)adapter)->provider;
}

static bool start(struct adapter *adapter, struct err *err)
{
    return behind(adapter)->ops->start(behind(adapter), err);
}

static bool perform(struct adapter *adapter, const struct effect *e, struct err *err)
{
    bool reads = e->kind == EFFECT_SURVEY, raises = e->kind == EFFECT_CHANGE && e->change.on;
    if (!reads && !raises)
        return err_set(err, "only what raises protection goes out from here");
    return behind(adapter)->ops->perform(behind(adapter), e, err);
}

static void acknowledge(struct adapter *adapter, const struct event *event)
{
    behind(adapter)->ops->acknowledge(behind(adapter), event);
}

static bool render(const struct adapter *adapter, const struct message *m, struct buf *out,
                   struct err *err)
{
    return behind(adapter)->ops->render(behind(adapter), m, out, err);
}

static void renew(struct adapter *adapter, struct adapter_credentials *credentials)
{
    behind(adapter)->ops->renew(behind(adapter), credentials);
}

static void stop(struct adapter *adapter)
{
    behind(adapter)->ops->stop(behind(adapter));
    free(adapter);
}

struct adapter *raising_only(struct adapter *provider_taken)
{
    struct raising *r = xcalloc(1, sizeof *r);
    r->provider = provider_taken;
    r->ops = (struct adapter_ops){ .name = provider_taken->ops->name,
                                   .role = provider_taken->ops->role,
                                   .start = start,
                                   .perform = perform,
                                   .acknowledge = acknowledge,
                                   .render = render,
                                   .renew = renew,
                                   .stop = stop,
                                   .forgets = provider_taken->ops->forgets,
                                   .may_double = provider_taken->ops->may_double };
    r->adapter.ops = &r->ops;
    return &r->adapter;
}
