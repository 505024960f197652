/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of `root-users` as a table, as CSV and as JSON lines. Names come from outside: no
   terminal obeys them (cli/print.h), and no spreadsheet takes one for a formula. */
#include "cli/print.h"
#include "cli/roots.h"
#include "host/clock.h"
#include "host/json.h"

#include <stdio.h>
#include <string.h>

enum { FIELD_BYTES = 2048, LINE_BYTES = 8192, DAY_BYTES = 10 };

/* ---- words ---- */

static const char *state_of(const struct root_row *r)
{
    if (!r->at_ms)
        return "not asked";
    return root_user_is_usable(&r->user) ? "usable" : "none";
}

static void day_of(ms_t at_ms, char ret[CLOCK_ISO_BYTES])
{
    clock_iso(at_ms, ret);
    ret[DAY_BYTES] = '\0';
}

/* ---- the table ---- */

static bool print_usable(const struct root_row *r)
{
    CLEANUP(buf_done) struct buf words;
    char since[CLOCK_ISO_BYTES], used[CLOCK_ISO_BYTES];
    buf_init(&words, FIELD_BYTES);
    rootwalk_add_usable(&words, &r->user);
    day_of(r->user.since_ms, since);
    day_of(r->user.used_ms, used);
    return print_out("%-12s  %-24s  %-44s  %s  %s\n", r->account, r->name, buf_text(&words), since,
                     r->user.used_ms ? used : "not known");
}

static bool print_table(const struct root_rows *all)
{
    bool whole = true, begun = false;
    for (size_t i = 0; i < all->count; i++) {
        const struct root_row *r = &all->rows[i];
        if (!r->at_ms || !root_user_is_usable(&r->user))
            continue;
        if (!begun)
            whole &= print_out("%-12s  %-24s  %-44s  %-10s  %s\n", "account", "name",
                               "what somebody could use", "since", "last use");
        begun = true;
        whole &= print_usable(r);
    }
    begun = false;
    for (size_t i = 0; i < all->count; i++) {
        const struct root_row *r = &all->rows[i];
        if (r->at_ms)
            continue;
        if (!begun)
            whole &= print_out("not asked:\n");
        begun = true;
        whole &= print_out("%-12s  %-24s  %s\n", r->account, r->name, str_or_empty(r->why));
    }
    return whole;
}

/* ---- CSV (RFC 4180) ---- */

/* What a spreadsheet would take for a formula begins with an apostrophe: with which characters one
   begins says OWASP, "CSV injection", those of full width among them. */
static bool is_formula(const char *text)
{
    static const char *const begins[] = { "=",  "+",      "-",      "@",      "\t",
                                          "\r", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20" };
    text += strspn(text, " ");
    for (size_t i = 0; i < COUNT(begins); i++)
        if (strncmp(text, begins[i], strlen(begins[i])) == 0)
            return true;
    return false;
}

static void add_field(struct buf *b, const char *text)
{
    buf_add(b, b->bytes ? ",\"" : "\"");
    if (is_formula(text))
        buf_add_char(b, '\'');
    for (; *text; text++) {
        if (*text == '"')
            buf_add_char(b, '"');
        buf_add_char(b, *text);
    }
    buf_add_char(b, '"');
}

static void add_count(struct buf *b, const struct root_row *r, unsigned count)
{
    char text[16];
    snprintf(text, sizeof text, "%u", count);
    add_field(b, r->at_ms ? text : "");
}

static void add_instant(struct buf *b, ms_t at_ms)
{
    char text[CLOCK_ISO_BYTES];
    clock_iso(at_ms, text);
    add_field(b, at_ms ? text : "");
}

static bool print_csv_row(const struct root_row *r)
{
    CLEANUP(buf_done) struct buf b;
    const struct root_user *u = &r->user;
    buf_init(&b, LINE_BYTES);
    add_field(&b, r->account);
    add_field(&b, r->name);
    add_field(&b, state_of(r));
    add_field(&b, !r->at_ms ? "" : u->has_password ? "yes" : "no");
    const unsigned counts[] = { u->mfa_devices, u->keys, u->keys_active, u->certificates,
                                u->certificates_active };
    for (size_t i = 0; i < COUNT(counts); i++)
        add_count(&b, r, counts[i]);
    const ms_t instants[] = { u->since_ms, u->used_ms, r->at_ms };
    for (size_t i = 0; i < COUNT(instants); i++)
        add_instant(&b, instants[i]);
    add_field(&b, r->at_ms ? "" : str_or_empty(r->why));
    return print_out("%s\n", buf_text(&b));
}

static bool print_csv(const struct root_rows *all)
{
    bool whole = print_out("account,name,root_credentials,password,mfa_devices,access_keys,"
                           "active_access_keys,signing_certificates,active_signing_certificates,"
                           "since,last_use,asked_at,why_not_asked\n");
    for (size_t i = 0; i < all->count; i++)
        whole &= print_csv_row(&all->rows[i]);
    return whole;
}

/* ---- JSON ---- */

static json_t *instant(ms_t at_ms)
{
    char text[CLOCK_ISO_BYTES];
    clock_iso(at_ms, text);
    return at_ms ? json_string(text) : json_null();
}

static bool print_json_row(const struct root_row *r)
{
    CLEANUP(buf_done) struct buf b;
    struct err err = { "" };
    const struct root_user *u = &r->user;
    buf_init(&b, LINE_BYTES);
    json_t *row = json_pack("{s:s, s:s, s:s}", "account", r->account, "name", r->name,
                            "root_credentials", state_of(r));
    json_t *found = json_pack("{s:b, s:i, s:i, s:i, s:i, s:i, s:o, s:o, s:o}", "password",
                              u->has_password, "mfa_devices", (int)u->mfa_devices, "access_keys",
                              (int)u->keys, "active_access_keys", (int)u->keys_active,
                              "signing_certificates", (int)u->certificates,
                              "active_signing_certificates", (int)u->certificates_active, "since",
                              instant(u->since_ms), "last_use", instant(u->used_ms), "asked_at",
                              instant(r->at_ms));
    if (r->at_ms)
        json_object_update(row, found);
    else
        json_object_set_new(row, "why_not_asked", json_string(str_or_empty(r->why)));
    json_decref(found);
    return json_put(row, &b, &err) && print_json(buf_text(&b));
}

bool roots_print(const struct root_rows *all, enum root_form form)
{
    bool whole = true;
    switch (form) {
    case ROOT_TABLE: return print_table(all);
    case ROOT_CSV: return print_csv(all);
    case ROOT_JSON: break;
    }
    for (size_t i = 0; i < all->count; i++)
        whole &= print_json_row(&all->rows[i]);
    return whole;
}
