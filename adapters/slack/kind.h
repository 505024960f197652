/* SPDX-License-Identifier: Apache-2.0 */
/* Slack's row in the table of adapters. */
#ifndef REGUARD_SLACK_KIND_H
#define REGUARD_SLACK_KIND_H

#include "port/kind.h"

extern const struct adapter_kind slack_kind;
extern const struct venue slack_venue;
extern const char slack_manifest[];

#endif
