/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/stax/kind.h"
#include "adapters/stax/provider.h"
#include "adapters/stax/settings.h"
#include "adapters/stax/stax.h"

static struct adapter *make(struct adapter_world *w, struct err *err)
{
    const struct stax_settings *s = w->settings;
    const struct stax_client_options o = {
        .api_url = s->api_url,
        .login_url = s->login_url,
        .identity_url = s->identity_url,
        .ca_file = s->ca_file,
        .access_key = w->secrets[0],
        .secret_key = w->secrets[1],
        .request_timeout_ms = s->request_timeout,
        /* One request a second, or what the configured polling asks for. */
        .request_every_ms = ms_min(MS_SECOND, w->policy->poll_task / 4)
    };
    (void)err;
    return stax_new(w->loop, w->http, w->inbox, &o, w->policy->organisation);
}

/* clang-format off */
static const struct adapter_remedy remedies[] = {
    { "(access key)", "access_key_file", "put the access key of a Stax API token there; a new token is made in the Stax console, role API Admin" },
    { "(secret key)", "secret_key_file", "put the secret key of the same Stax API token there; Stax shows it once, when the token is made" },
    { "answered 401", "access_key_file", "compare the clock and the token's expiry" },
    { "answered 403", "access_key_file", "the Stax API token needs the role API Admin" },
    { "answered 5", "api_url", "Stax has trouble of its own: try again in a few minutes" },
    { "", "api_url", "compare api_url, login_url, identity_url and ca_file, and look at the network" },
};
/* clang-format on */

const struct adapter_kind stax_kind = {
    .role = ADAPTER_PROVIDER,
    .venue = &stax_venue,
    .provider = &stax_provider,
    .section = &stax_section,
    .make = make,
    .checks = { .remedies = remedies, .clock = "AWS" },
    .ahead_ms = stax_ahead_ms,
};
