/* SPDX-License-Identifier: Apache-2.0 */
/* jansson with our ceilings and manners, for codecs and configuration: any bytes may come in. */
#ifndef REGUARD_JSON_H
#define REGUARD_JSON_H

#include <jansson.h>
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"

static inline void json_drop(json_t **j) { json_decref(*j); }
#define JSON_AUTO __attribute__((cleanup(json_drop))) json_t

/* The same value for jansson's calls that take no const although they only read, or only count a
   reference. */
static inline json_t *json_lent(const json_t *j) { return (json_t *)(uintptr_t)j; }

/* A list that is read element by element, so that a long answer is never built as a whole, and an
   element that is poisoned or costs too much spoils only itself. */
struct json_list {
    const char *at, *end; /* inside the text, which outlives it */
    size_t read, skipped; /* so far */
    /* When set by the caller, up to NULL: only these members of an element are built, which is most
       of what it costs; what stands in the others need not even be JSON. */
    const char *const *members;
    /* When set by the caller: an element that is skipped is given as an object with this member
       alone, so that its place in an order is known; not when that cannot be read either. */
    const char *stub_key;
    /* When set by the caller: so many bytes are passed over at once; then NULL is given although
       the end is not reached. 0: any number. */
    size_t most;
    bool cleans;  /* set by the caller: an element is cleaned first (json_clean.h) */
    bool whole;   /* set by the caller: what is to be skipped is the end of it */
    bool is_stub; /* the one that was given last */
    size_t stubs; /* of those that were skipped */
};
/* Reads what is around the member `key` of the outermost object, which is given back as a list and
   is not part of the result; nothing when it is no array or not there (*ret_list is empty then). As
   json_read otherwise; cleans: as json_read_anyhow, and the elements too. */
json_t *json_read_around(const char *text, size_t bytes, const char *key, bool cleans,
                         struct json_list *ret_list, struct err *);
/* The same for any value of that member, which is lost: what is around it may still say whose it
   was. */
json_t *json_read_without(const char *text, size_t bytes, const char *key, struct err *);
/* The next element that can be read within LIMIT_JSON_ELEMENT_VALUES and _BYTES, or the stub of one
   that cannot; NULL at the end. A new reference. */
json_t *json_list_next(struct json_list *);

/* Parses an object or array. Refused: invalid UTF-8, duplicate keys, nesting above
   LIMIT_JSON_DEPTH, a body above max_bytes, more than LIMIT_JSON_VALUES. NUL escapes are refused by
   jansson. The error is harmless text. Returns a new reference or NULL. */
json_t *json_read(const char *text, size_t bytes, size_t max_bytes, struct err *);
/* The same as json_read_anyhow, up to LIMIT_JSON_PAGE_VALUES: for what one request brings many
   of. */
json_t *json_read_page(const char *text, size_t bytes, size_t max_bytes, struct err *);
/* As json_read; what cannot be read as it is, is read cleaned (json_clean.h), and *ret_cleaned says
   so (NULL is fine). Duplicate keys and what is too long or costs too much are refused all the
   same. */
json_t *json_read_anyhow(const char *text, size_t bytes, size_t max_bytes, bool *ret_cleaned,
                         struct err *);
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
/* Appends JSON as one line that is harmless on a screen: hostile characters and invalid bytes are
   escaped, which says the same to whoever parses it. */
void json_add_line(struct buf *, const char *json);
/* Compact text in the arena; sorted keys. */
char *json_print(struct arena *, const json_t *);
/* Adds it as text, and takes it over. False: it could not be made (NULL), or does not fit. */
bool json_put(json_t *json_new, struct buf *, struct err *);

#endif
