/* jansson with our ceilings and manners, for codecs and configuration: any bytes may come in. */
#ifndef REGUARD_JSON_H
#define REGUARD_JSON_H

#include <jansson.h>
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"

static inline void json_drop(json_t **j) { json_decref(*j); }
#define JSON_AUTO __attribute__((cleanup(json_drop))) json_t

/* Parses an object or array. Refused: invalid UTF-8, duplicate keys, nesting above LIMIT_JSON_DEPTH
   (checked before jansson recurses), a body above max_bytes. NUL escapes are refused by jansson.
   Returns a new reference or NULL. */
json_t *json_read(const char *text, size_t bytes, size_t max_bytes, struct err *);
/* Borrowed text of a member; NULL when absent, null or no string. */
const char *json_text(const json_t *object, const char *key);
/* The same, "" instead of NULL. */
const char *json_text_or_empty(const json_t *object, const char *key);
/* Copies into the arena; NULL when absent. */
const char *json_arena_text(struct arena *, const json_t *object, const char *key);
bool json_flag(const json_t *object, const char *key,
               bool fallback); /* only true and false count */
int64_t json_number(const json_t *object, const char *key, int64_t fallback);
/* object.a.b.c; NULL when any step is absent. */
const json_t *json_path(const json_t *object, const char *dotted);
/* Appends the text as a JSON string in quotes, for JSON that is written by hand: what is hostile on
   a screen (utf8.h) is escaped, too. */
void json_add_quoted(struct buf *, const char *text);
/* Compact text in the arena; sorted keys. */
char *json_print(struct arena *, const json_t *);

#endif
