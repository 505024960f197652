/* SPDX-License-Identifier: Apache-2.0 */
/* [alarm] of the configuration file: its values are rules (core/policy.h). */
#ifndef REGUARD_ALARM_SETTINGS_H
#define REGUARD_ALARM_SETTINGS_H

#include "port/setting.h"

extern const struct setting_section alarm_section;

#endif
