/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/alarm/kind.h"
#include "adapters/alarm/program.h"
#include "adapters/alarm/settings.h"

static struct adapter *make(struct adapter_world *w, struct err *err)
{
    (void)err;
    return program_new(w->loop, w->inbox, w->policy);
}

static const struct adapter_remedy remedies[] = {
    { "", "command", "an alarm that no chat takes would not go out by it" },
};

static const struct venue venue = { .name = "alarm",
                                    .title = "alarm",
                                    .place = "the alarm's program" };

const struct adapter_kind alarm_kind = {
    .role = ADAPTER_ALARM,
    .venue = &venue,
    .section = &alarm_section,
    .make = make,
    .use = program_use,
    .checks = { .remedies = remedies,
                .connected = "the ways of [alarm] can be used when no chat takes an alarm" },
    .probe = program_probe,
};
