/* SPDX-License-Identifier: Apache-2.0 */
/* Where people's clocks stand, as their profiles tell: what is said to one person has its times by
   that. It is asked for once the room is followed, one person after another, and when something is
   said to them, and counts for a day; nothing waits for it, and as long as it is not known they see
   the times that the room sees. */
#include "adapters/matrix/internal.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/zone.h"

static const ms_t COUNTS_MS = MS_DAY;

/* MSC4175, "m.tz" since version 1.16 of the specification. Anybody writes what they like there. */
const char *matrix_profile_zone(const json_t *profile)
{
    const char *name = json_text(profile, "m.tz");
    if (!name)
        name = json_string_value(json_object_get(profile, "us.cloke.msc4175.tz"));
    return name && zone_is_named(name) ? name : NULL;
}

const char *matrix_zone_of(const struct matrix *m, const char *person)
{
    for (size_t i = 0; i < m->clock_count; i++)
        if (str_equal(m->clocks[i].person, person))
            return m->clocks[i].zone;
    return "";
}

/* Who was asked about longest ago gives way. NULL: that one is being asked about. */
static struct matrix_clock *place_for(struct matrix *m, const char *person)
{
    struct matrix_clock *c = &m->clocks[0];
    for (size_t i = 0; i < m->clock_count; i++) {
        if (str_equal(m->clocks[i].person, person))
            return &m->clocks[i];
        if (m->clocks[i].asked_ms < c->asked_ms)
            c = &m->clocks[i];
    }
    if (m->clock_count < COUNT(m->clocks))
        c = &m->clocks[m->clock_count++];
    if (c->under_way)
        return NULL;
    *c = (struct matrix_clock){ .matrix = m };
    STR_SET(c->person, person);
    return c;
}

/* What cannot be read leaves what was known. */
static void take(struct matrix_clock *c, const struct matrix_result *r)
{
    c->under_way = false;
    if (r->outcome == MATRIX_OK)
        STR_SET(c->zone, matrix_profile_zone(r->json));
}

static void on_profile(void *arg, const struct matrix_result *r) { take(arg, r); }

static void ask(struct matrix *m, const char *person,
                void (*done)(void *, const struct matrix_result *))
{
    CLEANUP(buf_done) struct buf path = { 0 };
    ms_t now = clock_monotonic_ms();
    if (matrix_is_stopped(m) || !people_find(m->codec.people, "matrix", person, NULL))
        return;
    struct matrix_clock *c = place_for(m, person);
    if (!c || c->under_way || (c->asked_ms && now - c->asked_ms < COUNTS_MS))
        return;
    c->under_way = true;
    c->asked_ms = now;
    buf_init(&path, 2048);
    matrix_path(&path, "v3/profile/*", (const char *const[]){ person });
    matrix_call(m, &(struct matrix_ask){ .method = "GET", .path = buf_text(&path) }, done, c);
}

void matrix_ask_zone(struct matrix *m, const char *person) { ask(m, person, on_profile); }

/* Who was never asked about; nobody gives way for them. */
static const char *next_of_people(const struct matrix *m)
{
    const struct people *people = m->codec.people;
    for (size_t i = 0; i < people->count && m->clock_count < COUNT(m->clocks); i++) {
        const char *id = person_chat_id(&people->rows[i], "matrix");
        bool asked = !id;
        for (size_t k = 0; k < m->clock_count && !asked; k++)
            asked = str_equal(m->clocks[k].person, id);
        if (!asked)
            return id;
    }
    return NULL;
}

/* A homeserver that asks for patience, or cannot be reached, is left alone. */
static void on_next(void *arg, const struct matrix_result *r)
{
    struct matrix_clock *c = arg;
    take(c, r);
    if (r->outcome == MATRIX_OK || r->outcome == MATRIX_REFUSED)
        matrix_ask_zones(c->matrix);
}

void matrix_ask_zones(struct matrix *m)
{
    const char *person = next_of_people(m);
    if (person)
        ask(m, person, on_next);
}
