/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/mail/kind.h"
#include "adapters/mail/mail.h"
#include "adapters/mail/settings.h"

static struct adapter *make(struct adapter_world *w, struct err *err)
{
    const struct mail_settings *s = w->settings;
    return mail_new(w->loop, w->inbox,
                    &(struct mail_options){ .smtp_url = s->smtp_url,
                                            .from = s->from,
                                            .username = s->username,
                                            .password = w->secrets[0] },
                    err);
}

static const struct adapter_remedy remedies[] = {
    { "denied", "password_file", "compare username with the password in that file" },
    { "", "smtp_url", "compare smtp_url, and look at the network" },
};

static const struct venue venue = { .name = "mail", .title = "mail", .place = "mail" };

const struct adapter_kind mail_kind = {
    .role = ADAPTER_MAIL,
    .venue = &venue,
    .section = &mail_section,
    .make = make,
    .checks = { .remedies = remedies, .connected = "the server takes mail from reguard" },
    .probe = mail_probe,
};
