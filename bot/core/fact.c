/* SPDX-License-Identifier: Apache-2.0 */
#include "core/fact.h"
#include "core/ensure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME(name, text, durable, owner, also) text,
const char *const fact_names[FACT_KIND_COUNT] = { FACT_KINDS(NAME) };
#define DURABLE(name, text, durable, owner, also) durable,
static const bool durable_kinds[FACT_KIND_COUNT] = { FACT_KINDS(DURABLE) };

#define OWNER(name, text, durable, owner, also) RULE_##owner,
static const enum rule_bit owners[FACT_KIND_COUNT] = { FACT_KINDS(OWNER) };
#define HEARERS(name, text, durable, owner, also) also,
static const unsigned hearers[FACT_KIND_COUNT] = { FACT_KINDS(HEARERS) };
#define ONE_OWNER(name, text, durable, owner, also)                                              \
    _Static_assert(((also) & (int)RULE_##owner) == 0 && ((int)RULE_##owner != 0 || (also) == 0), \
                   text);
FACT_KINDS(ONE_OWNER)

enum rule_bit fact_owner(enum fact_kind kind) { return owners[kind]; }

unsigned fact_hearers(enum fact_kind kind) { return hearers[kind]; }

void fact_stray(const struct fact *f, const char *rule)
{
    ENSURE(false, "%s is handed %s (case %" PRIu32 "), which is not its own", rule,
           fact_names[f->kind], f->case_no);
}

bool fact_is_durable(enum fact_kind kind) { return durable_kinds[kind]; }

bool fact_is_kept(enum fact_kind kind) { return kind == FACT_INQUIRED; }

enum fact_kind fact_kind_named(const char *name)
{
    enum fact_kind kind = 0;
    while (kind < FACT_KIND_COUNT && !str_equal(fact_names[kind], name))
        kind++;
    return kind;
}

void case_id_text(uint32_t case_no, char ret_text[CASE_ID_BYTES])
{
    ret_text[0] = '\0';
    if (case_no)
        snprintf(ret_text, CASE_ID_BYTES, "G-%04" PRIu32, case_no);
}

uint32_t case_id_read(const char *text)
{
    if (!text || (*text != 'G' && *text != 'g'))
        return 0;
    text += 1 + (text[1] == '-');
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9 || text[digits] != '\0')
        return 0;
    uint32_t number = 0;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (uint32_t)(text[i] - '0');
    return number;
}
