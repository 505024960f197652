/* SPDX-License-Identifier: Apache-2.0 */
/* What AWS answers: the first byte says to which question, or how it refuses. XML within its
   ceilings, and nothing told that could break a line. */
#include "tests/fuzz/fuzz.h"

#include "adapters/aws/codec.h"
#include "adapters/aws/xml.h"
#include "core/inert.h"
#include "core/limits.h"

#include <string.h>

/* Elements of a tree, and that it is no deeper than it may be. */
static size_t count(const struct xml_element *e, size_t depth)
{
    size_t n = 0;
    FUZZ_PROMISE(!e || depth <= LIMIT_XML_DEPTH, "no deeper than it may be", e->name);
    for (; e; e = e->next) {
        FUZZ_PROMISE(!e->first || !e->text[0], "text stands in leaves alone", e->name);
        n += 1 + count(e->first, depth + 1);
    }
    return n;
}

static void explain(enum aws_action action, const char *text, size_t bytes, struct arena *arena)
{
    struct err err = { "" };
    aws_explain(action, 400 + (long)(bytes % 200), text, bytes, arena, &err);
    FUZZ_PROMISE(strncmp(err.text, aws_actions[action].action,
                         strlen(aws_actions[action].action)) == 0,
                 "a refusal names its action", err.text);
    FUZZ_PROMISE(!strpbrk(err.text, "\n\r`"), "a refusal is one line", err.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    struct arena arena;
    struct err err = { "" };
    const char *text = (const char *)bytes + 1;
    size_t length = size - 1;
    arena_init(&arena, 1 << 24);
    const struct xml_element *root = xml_read(text, length, &arena, &err);
    FUZZ_PROMISE(root || err.text[0], "a refusal says why", "");
    FUZZ_PROMISE(count(root, 1) <= LIMIT_XML_ELEMENTS, "no more elements than may be", "");
    struct aws_identity who = { .account = "" };
    struct aws_features features = { .never_set_up = false };
    if (bytes[0] == 'i' && aws_read_identity(text, length, &arena, &who, &err))
        FUZZ_PROMISE(strlen(who.account) == 12 && inert_is_plain(who.arn, sizeof who.arn),
                     "an identity is an account and an ARN", who.arn);
    else if (bytes[0] == 'f')
        aws_read_features(text, length, &arena, &features, &err);
    else
        explain(bytes[0] & 1 ? AWS_GET_CALLER_IDENTITY : AWS_LIST_ORGANIZATIONS_FEATURES, text,
                length, &arena);
    arena_done(&arena);
    return 0;
}
