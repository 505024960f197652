/* SPDX-License-Identifier: Apache-2.0 */
#include "port/witness.h"
#include "core/fact.h"
#include "core/limits.h"
#include "host/json.h"

#include <string.h>

void witness_add(json_t *payload, const struct witness *w)
{
    if (w->vigil) {
        json_object_set_new(payload, "vigil", json_string(w->vigil));
        json_object_set_new(payload, "said", json_integer(w->said_ms));
    }
    if (w->speaks_ms)
        json_object_set_new(payload, "speaks", json_integer(w->speaks_ms));
    if (!w->store)
        return;
    json_object_set_new(payload, "record", json_integer((json_int_t)w->record));
    json_object_set_new(payload, "hash", json_string(w->hash));
    json_object_set_new(payload, "store", json_string(w->store));
    json_object_set_new(payload, "since", json_integer(w->since_ms));
    json_object_set_new(payload, "said", json_integer(w->said_ms));
    json_object_set_new(payload, "born", json_integer(w->born_ms));
    if (w->epoch)
        json_object_set_new(payload, "epoch", json_integer((json_int_t)w->epoch));
    if (w->again_ms)
        json_object_set_new(payload, "again", json_integer(w->again_ms));
    if (w->until_ms)
        json_object_set_new(payload, "until", json_integer(w->until_ms));
}

static bool is_word(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz_") == strlen(text);
}

static bool is_hex(const char *text, size_t digits)
{
    return text && strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

static int64_t at_least_0(const json_t *payload, const char *key)
{
    int64_t number = json_number(payload, key, 0);
    return number > 0 && number < LIMIT_INSTANT_MS ? number : 0;
}

void witness_read(const json_t *payload, struct sighting *ret)
{
    const char *hash = json_text(payload, "hash"), *store = json_text(payload, "store"),
               *state = json_text_or_empty(payload, "state"),
               *vigil = json_text_or_empty(payload, "vigil");
    *ret = (struct sighting){ .case_no = case_id_read(json_text(payload, "case")) };
    if (is_word(state))
        STR_SET(ret->state, state);
    if (is_word(vigil))
        STR_SET(ret->vigil, vigil);
    ret->said_ms = at_least_0(payload, "said");
    if (!is_hex(hash, sizeof ret->hash - 1) || !is_hex(store, sizeof ret->store - 1))
        return;
    ret->record = (uint64_t)at_least_0(payload, "record");
    ret->since_ms = at_least_0(payload, "since");
    ret->epoch = (uint64_t)at_least_0(payload, "epoch");
    ret->born_ms = at_least_0(payload, "born");
    ret->again_ms = at_least_0(payload, "again");
    ret->until_ms = at_least_0(payload, "until");
    ret->speaks_ms = at_least_0(payload, "speaks");
    STR_SET(ret->hash, hash);
    STR_SET(ret->store, store);
}

bool witness_same_store(const json_t *payload, const char *store)
{
    const char *theirs = json_text(payload, "store");
    return !theirs || !str_or_empty(store)[0] || str_equal(theirs, store);
}
