/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/stax/kind.h"
#include "adapters/stax/provider.h"

const struct venue stax_venue = { .name = "stax", .title = STAX_TITLE, .place = STAX_CONSOLE };
