/* SPDX-License-Identifier: Apache-2.0 */
#include "core/effect.h"
#include "core/event.h"

#define NAME(name, text) text,
const char *const event_names[EVENT_KIND_COUNT] = { EVENT_KINDS(NAME) };
const char *const effect_names[EFFECT_KIND_COUNT] = { EFFECT_KINDS(NAME) };
