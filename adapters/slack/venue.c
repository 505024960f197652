/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/slack/kind.h"

const struct venue slack_venue = {
    .name = "slack", .title = "Slack", .place = "Slack", .shares = true
};
