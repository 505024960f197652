/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int64_t ms_t;
static const ms_t SECOND = 1000, MINUTE = 60000, NEVER = INT64_MAX;
enum { FIELDS = 12, HUMANS = 8, CHATS = 2, STEPS = 16, ROLES = 256, REMINDERS_MOST = 10000 };

/* ---- bounds: how long what may take while nothing stands in its way ---- */

static const ms_t RESTORE_WITHIN = 60 * 1000, REMIND_WITHIN = 60 * 1000, WATCH_WITHIN = 90 * 1000;
/* Who has a part is read again at most so long before a change leaves. */
static const ms_t ROLE_AGE = 31 * 1000;
/* While an alarm may follow, who the Admins are is read again within that and two reads. */
static const ms_t ROSTER_AGE = 15 * 60 * 1000;
/* A service that was away or slow is back in use after that. */
static const ms_t BACK_WITHIN = 120 * 1000;
static const ms_t BACK_AT_ONCE = 5 * 1000;
/* A restore that began by itself is no trouble for so long. */
static const ms_t MAY_TAKE = 125 * 1000;

/* ---- what is read ---- */

struct line {
    ms_t t;
    char kind;
    int who; /* of two processes of the bot, whose: 0 or 1 */
    char *f[FIELDS];
    int n;
};
struct record {
    ms_t at;
    const char *seq, *case_id, *kind, *actor, *source, *data, *prev, *hash;
};
struct span {
    ms_t from;
    bool fine;
};
struct human {
    const char *stax, *key, *ids[CHATS];
    /* In [people]; Admin in Stax; in good standing in the chat. */
    struct span mapped[ROLES], role[ROLES], seat[CHATS][ROLES];
    size_t mappings, roles, seats[CHATS];
};
/* A setting that is a number, as it stood from then on. */
struct edition {
    ms_t from;
    int value;
};
/* Something that has to come about, while what it needs is there. */
struct duty {
    const char *rule;
    char text[160], case_id[16];
    ms_t t0, void_at, bound;
    bool stax, chat, done;
    char
        kind; /* what fulfils it: 'R' a change to on, 'M' a reminder, 'W' word of an outside lift */
};
struct message {
    char id[24];
    const char *body; /* as it stands */
    int chat;
    size_t made; /* line */
};
struct judging {
    struct judge_verdict *v;
    struct line *lines;
    size_t count;
    struct record *records;
    size_t record_count;
    struct human humans[HUMANS];
    size_t human_count;
    struct duty *duties;
    size_t duty_count, duty_room, duty_at; /* those before are done */
    /* Of the records, those that open a window or move its end; that ask for silence. */
    struct opening {
        const char *case_id;
        ms_t at, until, ended, end;
    } * openings;
    struct silence {
        const char *case_id;
        ms_t at, until;
    } * silences;
    size_t opening_count, silence_count;
    struct alarm {
        char case_id[16];
        ms_t t;
        bool reached, excused; /* somebody who can act; not everything was there just then */
    } * alarms;
    struct life {
        ms_t begun, end;
    } * lives; /* of the cases */
    size_t alarm_count, life_count;
    ms_t cause_at;               /* something happened last */
    unsigned long said;          /* since then */
    bool failing, second_chat;   /* the disk; people have it */
    bool shared;                 /* two have the same records, and one of them leads */
    int leader;                  /* -1: nobody */
    bool clock_is_set, in_order; /* the last: the duties are, and have to stay so */
    struct span restores[ROLES]; /* at a window's end, by itself */
    struct edition approvals[ROLES];
    size_t restore_count, approval_count;
    ms_t poll_idle, verify_gap, steps[STEPS];
    size_t step_count;
    const char *approve_reaction, *unreadable;
    int who;                                       /* whose records these are */
    ms_t twin_from, twin_until;                    /* another one is there, or may still count */
    ms_t back_at;                                  /* a chat's connection came about last */
    ms_t bot_since, stax_since, chat_since[CHATS]; /* NEVER: not there */
    bool stax_down, stax_storm, chat_down[CHATS], chat_storm[CHATS], closed[CHATS],
        connected[CHATS];
    bool is_on;
    ms_t on_since;
};

static void violation(struct judging *j, const char *rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void violation(struct judging *j, const char *rule, const char *format, ...)
{
    struct judge_verdict *v = j->v;
    if (v->count == JUDGE_VIOLATIONS)
        return;
    snprintf(v->violations[v->count].rule, sizeof v->violations[0].rule, "%s", rule);
    va_list args;
    va_start(args, format);
    vsnprintf(v->violations[v->count].text, sizeof v->violations[0].text, format, args);
    va_end(args);
    v->count++;
}

static bool same(const char *a, const char *b) { return a && b && strcmp(a, b) == 0; }

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* "+0d 01:02:03" of the story, for people. */
static const char *when(const struct judging *j, ms_t t)
{
    static char text[4][96];
    static unsigned at;
    char *to = text[at++ % 4];
    ms_t ms = t - j->lines[0].t;
    snprintf(to, sizeof text[0], "+%" PRId64 "d %02d:%02d:%02d.%03d", ms / 86400000,
             (int)(ms / 3600000 % 24), (int)(ms / 60000 % 60), (int)(ms / 1000 % 60),
             (int)(ms % 1000));
    return to;
}

static void split_line(char *text, struct line *l)
{
    char *at = text;
    l->t = strtoll(at, &at, 10);
    l->kind = at[1];
    at += at[1] ? 2 : 1;
    if (*at == '2') {
        l->who = 1;
        at++;
    }
    while (*at == '\t' && l->n < FIELDS) {
        *at++ = '\0';
        l->f[l->n++] = at;
        at += strcspn(at, "\t");
    }
    for (int i = l->n; i < FIELDS; i++)
        l->f[i] = at + strlen(at);
}

static char *split(struct judging *j, const char *evidence)
{
    char *copy = strdup(evidence);
    size_t room = 0;
    if (!copy)
        abort();
    for (const char *p = copy; *p; p++)
        room += *p == '\n';
    j->lines = calloc(room + 1, sizeof *j->lines);
    j->alarms = calloc(room + 1, sizeof *j->alarms);
    j->records = calloc(room + 1, sizeof *j->records);
    if (!j->lines || !j->alarms || !j->records)
        abort();
    for (char *at = copy; *at;) {
        char *end = at + strcspn(at, "\n"), *next = *end ? end + 1 : end;
        *end = '\0';
        split_line(at, &j->lines[j->count++]);
        at = next;
    }
    return copy;
}

/* The value of a member of a flat JSON object, "" when it has none; lent until the eighth call
   after. */
static const char *member(const char *json, const char *name)
{
    static char kept[8][2048];
    static unsigned turn;
    char wanted[40], *to = kept[turn++ % 8];
    size_t n = 0;
    snprintf(wanted, sizeof wanted, "\"%s\":", name);
    const char *p = json ? strstr(json, wanted) : NULL;
    to[0] = '\0';
    if (!p)
        return to;
    p += strlen(wanted);
    bool quoted = *p == '"';
    for (p += quoted; *p && n + 1 < sizeof kept[0]; p++) {
        if (quoted ? *p == '"' : *p == ',' || *p == '}')
            break;
        if (*p == '\\' && p[1])
            p++;
        to[n++] = *p;
    }
    to[n] = '\0';
    return to;
}

static ms_t number(const char *json, const char *name)
{
    return strtoll(member(json, name), NULL, 10);
}

/* ---- people over time ---- */

static struct human *human_of_stax(struct judging *j, const char *stax)
{
    for (size_t i = 0; i < j->human_count; i++)
        if (same(j->humans[i].stax, stax))
            return &j->humans[i];
    return NULL;
}

static struct human *human_of_id(struct judging *j, const char *id, int *ret_chat)
{
    for (size_t i = 0; i < j->human_count; i++)
        for (int c = 0; c < CHATS; c++)
            if (same(j->humans[i].ids[c], id)) {
                *ret_chat = c;
                return &j->humans[i];
            }
    return NULL;
}

static void add_span(struct span *spans, size_t *count, ms_t from, bool fine)
{
    if (*count < ROLES)
        spans[(*count)++] = (struct span){ from, fine };
}

/* Fine at some instant of [from, to]. */
static bool was_fine(const struct span *spans, size_t count, ms_t from, ms_t to)
{
    for (size_t i = 0; i < count; i++) {
        ms_t ends = i + 1 < count ? spans[i + 1].from : NEVER;
        if (spans[i].fine && spans[i].from <= to && ends >= from)
            return true;
    }
    return false;
}

/* Fine all of that time. */
static bool stayed_fine(const struct span *spans, size_t count, ms_t from, ms_t to)
{
    bool fine = false;
    for (size_t i = 0; i < count; i++) {
        ms_t ends = i + 1 < count ? spans[i + 1].from : NEVER;
        if (spans[i].from <= to && ends > from) {
            if (!spans[i].fine)
                return false;
            fine = true;
        }
    }
    return fine;
}

/* The least that was in force at that time of the process, whose clock may have been another. */
static int least_of(const struct judging *j, const struct edition *editions, size_t count, ms_t at,
                    ms_t to)
{
    enum { SET_BY = 4 * 3600 * 1000 };
    int least = INT_MAX;
    ms_t from = at - (j->clock_is_set ? SET_BY : SECOND);
    to += j->clock_is_set ? SET_BY : 0;
    for (size_t i = 0; i < count; i++) {
        ms_t ends = i + 1 < count ? editions[i + 1].from : NEVER;
        if (editions[i].from <= to && ends >= from && editions[i].value < least)
            least = editions[i].value;
    }
    return least;
}

/* Whether it puts back by itself: at some instant of those, all of the time. */
static bool may_restore(const struct judging *j, ms_t from, ms_t to)
{
    return was_fine(j->restores, j->restore_count, from, to);
}

static bool has_to_restore(const struct judging *j, ms_t from, ms_t to)
{
    return stayed_fine(j->restores, j->restore_count, from, to);
}

static int chat_of(const char *name) { return same(name, "matrix") ? 1 : 0; }

static void read_setting(struct judging *j, const struct line *l)
{
    const char *name = l->f[0], *value = l->f[1];
    if (same(name, "on_deadline"))
        add_span(j->restores, &j->restore_count, l->t, same(value, "restore"));
    else if (same(name, "shared"))
        j->shared = true;
    else if (same(name, "approvals") && j->approval_count < ROLES)
        j->approvals[j->approval_count++] = (struct edition){ l->t, (int)strtol(value, NULL, 10) };
    else if (same(name, "poll_idle"))
        j->poll_idle = strtoll(value, NULL, 10);
    else if (same(name, "verify_gap"))
        j->verify_gap = strtoll(value, NULL, 10);
    else if (same(name, "approve_reaction"))
        j->approve_reaction = value;
    else if (same(name, "dials"))
        j->clock_is_set = strstr(value, "clock-step") != NULL;
    else if (same(name, "remind_overdue") && !j->step_count)
        for (char *at = l->f[1]; *at && j->step_count < STEPS; at += *at == ' ')
            j->steps[j->step_count++] = strtoll(at, &at, 10);
}

static void read_human(struct judging *j, const struct line *l)
{
    struct human *h = human_of_stax(j, l->f[0]);
    if (!h && j->human_count == HUMANS)
        return;
    if (!h) {
        h = &j->humans[j->human_count++];
        *h = (struct human){ .stax = l->f[0], .key = l->f[1], .ids = { l->f[3], l->f[4] } };
    }
    j->second_chat |= l->f[4][0] != '\0';
    add_span(h->mapped, &h->mappings, l->t, same(l->f[2], "mapped"));
}

static void read_standing(struct judging *j, const struct line *l)
{
    int chat = 0;
    struct human *h = l->kind == 'R' ? human_of_stax(j, l->f[0]) : human_of_id(j, l->f[0], &chat);
    if (!h)
        return;
    if (l->kind == 'R')
        add_span(h->role, &h->roles, l->t,
                 same(l->f[1], "customer_admin") && same(l->f[2], "ACTIVE"));
    else
        add_span(h->seat[chat], &h->seats[chat], l->t, same(l->f[1], "0"));
}

static void read_record(struct judging *j, const struct line *l)
{
    if (l->n < 9) {
        j->unreadable = l->f[1];
        return;
    }
    j->records[j->record_count++] = (struct record){ .seq = l->f[0],
                                                     .at = strtoll(l->f[1], NULL, 10),
                                                     .case_id = l->f[2],
                                                     .kind = l->f[3],
                                                     .actor = l->f[4],
                                                     .source = l->f[5],
                                                     .data = l->f[6],
                                                     .prev = l->f[7],
                                                     .hash = l->f[8] };
    j->v->records++;
}

static void read_all(struct judging *j)
{
    for (size_t i = 0; i < j->count; i++) {
        const struct line *l = &j->lines[i];
        if (l->kind == 'C')
            read_setting(j, l);
        else if (l->kind == 'P')
            read_human(j, l);
        else if (l->kind == 'R' || l->kind == 'I')
            read_standing(j, l);
        else if (l->kind == 'J')
            read_record(j, l);
    }
}

/* ---- the chain: SHA-256 (FIPS 180-4) over the record before and this one ---- */

static uint32_t turned(uint32_t x, int n) { return (x >> n) | (x << (32 - n)); }

static void sha_block(uint32_t h[8], const unsigned char *p)
{
    static const uint32_t k[64] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
        0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
        0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
        0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
        0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
        0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
        0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
        0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
        0xc67178f2
    };
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
               (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 64; i++)
        w[i] = w[i - 16] + w[i - 7] +
               (turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ w[i - 15] >> 3) +
               (turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ w[i - 2] >> 10);
    memcpy(s, h, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t a = s[7] + (turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25)) +
                     ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
        uint32_t b = (turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22)) +
                     ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof s[0]);
        s[4] += a;
        s[0] = a + b;
    }
    for (int i = 0; i < 8; i++)
        h[i] += s[i];
}

static void sha_hex(const char *text, char hex[65])
{
    uint32_t h[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
    size_t bytes = strlen(text), done = 0;
    unsigned char end[128] = { 0 };
    for (; bytes - done >= 64; done += 64)
        sha_block(h, (const unsigned char *)text + done);
    size_t rest = bytes - done, whole = rest < 56 ? 64 : 128;
    memcpy(end, text + done, rest);
    end[rest] = 0x80;
    for (int i = 0; i < 8; i++)
        end[whole - 1 - (size_t)i] = (unsigned char)((uint64_t)bytes * 8 >> 8 * i);
    for (size_t at = 0; at < whole; at += 64)
        sha_block(h, end + at);
    for (int i = 0; i < 8; i++)
        snprintf(hex + 8 * i, 9, "%08x", h[i]);
}

/* Days since 1970 as a date (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
static void add_instant(char *to, size_t room, ms_t at)
{
    int64_t days = at / 86400000, ms = at % 86400000, z = days + 719468, era = z / 146097;
    int64_t doe = z - era * 146097, yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int day = (int)(doy - (153 * mp + 2) / 5 + 1), month = (int)(mp < 10 ? mp + 3 : mp - 9);
    snprintf(to, room, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)(yoe + era * 400 + (month <= 2)),
             month, day, (int)(ms / 3600000), (int)(ms / 60000 % 60), (int)(ms / 1000 % 60),
             (int)(ms % 1000));
}

static void judge_chain(struct judging *j)
{
    const char *before = "0000000000000000000000000000000000000000000000000000000000000000";
    for (size_t i = 0; i < j->record_count; i++) {
        const struct record *r = &j->records[i];
        size_t room = strlen(r->prev) + strlen(r->actor) + strlen(r->data) + strlen(r->source) +
                      strlen(r->kind) + 256;
        char *text = malloc(room), at[40], hex[65];
        if (!text)
            abort();
        add_instant(at, sizeof at, r->at);
        snprintf(text, room,
                 "%s{\"actor\":%s,\"at\":\"%s\",\"case\":\"%s\",\"data\":%s,\"kind\":\"%s\","
                 "\"seq\":%s,\"source\":%s}",
                 r->prev, r->actor, at, r->case_id, r->data, r->kind, r->seq, r->source);
        sha_hex(text, hex);
        free(text);
        if (!same(hex, r->hash) || !same(before, r->prev) || strtoull(r->seq, NULL, 10) != i + 1) {
            violation(j, "chain", "record %s does not follow the one before", r->seq);
            return;
        }
        before = r->hash;
    }
}

/* ---- the records about a case ---- */

/* The newest record of that kind up to an instant; case_id NULL: of any case. */
static const struct record *newest(const struct judging *j, const char *kind, const char *case_id,
                                   ms_t until)
{
    for (size_t i = j->record_count; i-- > 0;) {
        const struct record *r = &j->records[i];
        if (r->at <= until && same(r->kind, kind) && (!case_id || same(r->case_id, case_id)))
            return r;
    }
    return NULL;
}

static bool is_end(const struct record *r)
{
    static const char *const kinds[] = { "restored", "declined", "withdrawn",
                                         "expired",  "refused",  "failed" };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (same(r->kind, kinds[i]))
            return true;
    return false;
}

static ms_t end_of(const struct judging *j, const char *case_id)
{
    for (size_t i = 0; i < j->record_count; i++)
        if (same(j->records[i].case_id, case_id) && is_end(&j->records[i]))
            return j->records[i].at;
    return NEVER;
}

static bool was_asked_before(const struct judging *j, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (same(j->records[i].case_id, j->records[at].case_id))
            return true;
    return false;
}

/* A change of ours for some case may be why it is off. */
static bool is_held(const struct judging *j, ms_t t)
{
    for (size_t i = 0; i < j->record_count && j->records[i].at <= t; i++) {
        const struct record *r = &j->records[i];
        bool lowers = (same(r->kind, "change_begun") && !number(r->data, "on")) ||
                      same(r->kind, "outside_found");
        if (lowers && end_of(j, r->case_id) > t)
            return true;
    }
    return false;
}

/* ---- duties ---- */

static struct duty *add_duty(struct judging *j, const char *rule, char kind, ms_t t0, ms_t bound)
{
    if (j->duty_count == j->duty_room) {
        j->duty_room = j->duty_room ? 2 * j->duty_room : 64;
        j->duties = realloc(j->duties, j->duty_room * sizeof *j->duties);
        if (!j->duties)
            abort();
    }
    size_t at = j->duty_count++;
    if (j->in_order)
        for (; at > j->duty_at && j->duties[at - 1].t0 > t0; at--)
            j->duties[at] = j->duties[at - 1];
    struct duty *d = &j->duties[at];
    *d = (struct duty){ .rule = rule, .kind = kind, .t0 = t0, .bound = bound, .void_at = NEVER };
    return d;
}

static ms_t step(const struct judging *j, size_t k)
{
    size_t last = j->step_count - 1;
    return k <= last ? j->steps[k] : j->steps[last] + (ms_t)(k - last) * j->steps[last];
}

static bool opens_window(const struct record *r)
{
    return same(r->kind, "lifted") || same(r->kind, "extended") || same(r->kind, "adopted");
}

static void note_windows(struct judging *j)
{
    j->openings = calloc(j->record_count + 1, sizeof *j->openings);
    j->silences = calloc(j->record_count + 1, sizeof *j->silences);
    if (!j->openings || !j->silences)
        abort();
    for (size_t i = 0; i < j->record_count; i++) {
        const struct record *r = &j->records[i];
        ms_t until = number(r->data, "until_ms");
        if (same(r->kind, "snoozed"))
            j->silences[j->silence_count++] = (struct silence){ r->case_id, r->at, until };
        if (!opens_window(r))
            continue;
        ms_t ended = NEVER;
        for (size_t k = 0; k < j->record_count && ended == NEVER; k++)
            if (same(j->records[k].kind, "ended") && same(j->records[k].case_id, r->case_id))
                ended = j->records[k].at;
        j->openings[j->opening_count++] = (struct opening){ r->case_id, r->at, until, ended,
                                                            end_of(j, r->case_id) };
    }
}

static bool is_snoozed(const struct judging *j, const char *case_id, ms_t t)
{
    for (size_t i = j->silence_count; i-- > 0;)
        if (j->silences[i].at <= t && same(j->silences[i].case_id, case_id))
            return j->silences[i].until > t;
    return false;
}

static bool window_is_open(const struct judging *j, const char *but, ms_t t)
{
    for (size_t i = 0; i < j->opening_count; i++) {
        const struct opening *o = &j->openings[i];
        if (o->at <= t && o->until > t && o->ended > t && o->end > t && !same(o->case_id, but))
            return true;
    }
    return false;
}

/* It was ended, and another one, past its end or not, or ended after it, is why the guardrail is
   still off: that one has reminders of its own. */
static bool waits_for_another(const struct judging *j, const char *case_id, ms_t t)
{
    ms_t ended = NEVER;
    bool other = false;
    for (size_t i = 0; i < j->opening_count; i++)
        if (same(j->openings[i].case_id, case_id) && j->openings[i].ended <= t)
            ended = j->openings[i].ended;
    for (size_t i = 0; i < j->opening_count; i++) {
        const struct opening *o = &j->openings[i];
        other |= !same(o->case_id, case_id) && o->at <= t && o->ended > ended && o->end > t;
    }
    return ended != NEVER && other;
}

/* Between two records of a window its end is `until`. A restore that begins by itself may take as
   long as a restore may well take; other windows may go on. */
static void remind_duties(struct judging *j, const char *case_id, ms_t until, ms_t from, ms_t to)
{
    const struct record *trouble = newest(j, "trouble", case_id, NEVER);
    const struct record *ended = newest(j, "ended", case_id, until - 1);
    const struct record *late = newest(j, "ended", case_id, NEVER); /* after an absence */
    if (ended && ended->at < until)
        until = trouble && trouble->at < until ? trouble->at : until;
    for (size_t k = 0; j->step_count && k < REMINDERS_MOST; k++) {
        ms_t t = until + step(j, k);
        if (t >= to)
            break;
        if (t < from || is_snoozed(j, case_id, t) || window_is_open(j, case_id, t) ||
            waits_for_another(j, case_id, t))
            continue;
        bool begins = late && t >= late->at && t < late->at + MAY_TAKE;
        if (may_restore(j, until, t) && (t < until + MAY_TAKE || begins))
            continue;
        struct duty *d = add_duty(j, "reminder", 'M', t, REMIND_WITHIN);
        d->chat = true;
        d->void_at = to;
        snprintf(d->case_id, sizeof d->case_id, "%s", case_id);
        snprintf(d->text, sizeof d->text, "%s: reminder %zu was due", case_id, k + 1);
        j->v->reminders++;
    }
}

static void restore_duty(struct judging *j, const char *case_id, ms_t until, ms_t end)
{
    const struct record *ended = newest(j, "ended", case_id, until - 1);
    if (!has_to_restore(j, until, until + RESTORE_WITHIN) || end <= until ||
        (ended && ended->at < until) || window_is_open(j, case_id, until))
        return;
    struct duty *d = add_duty(j, "restore", 'R', until, RESTORE_WITHIN);
    d->stax = true;
    d->void_at = end;
    snprintf(d->text, sizeof d->text, "%s: its window has ended", case_id);
    j->v->restores++;
}

static void duties_of_windows(struct judging *j)
{
    for (size_t i = 0; i < j->record_count; i++) {
        const struct record *r = &j->records[i];
        if (!opens_window(r))
            continue;
        ms_t until = number(r->data, "until_ms"), end = end_of(j, r->case_id), next = end;
        for (size_t k = i + 1; k < j->record_count; k++)
            if (same(j->records[k].case_id, r->case_id) && same(j->records[k].kind, "extended") &&
                next > j->records[k].at)
                next = j->records[k].at;
        remind_duties(j, r->case_id, until, r->at, next);
        if (next == end)
            restore_duty(j, r->case_id, until, end);
    }
}

static ms_t later_of(ms_t a, ms_t b) { return a > b ? a : b; }

/* Since when everything that the duty needs has been there without a break; NEVER: it is not. */
static ms_t there_since(const struct judging *j, const struct duty *d)
{
    ms_t since = j->bot_since;
    if (d->stax)
        since = j->stax_since == NEVER || since == NEVER
                    ? NEVER
                    : later_of(since,
                               j->stax_since == j->lines[0].t ? 0 : j->stax_since + BACK_WITHIN);
    if (d->chat) {
        ms_t chat = j->chat_since[0] < j->chat_since[1] ? j->chat_since[0] : j->chat_since[1];
        since = chat == NEVER || since == NEVER ? NEVER : later_of(since, chat);
    }
    return since;
}

static int by_begin(const void *a, const void *b)
{
    const struct duty *x = a, *y = b;
    return x->t0 < y->t0 ? -1 : x->t0 > y->t0;
}

/* What another reguard has lowered or keeps down is its own. */
static bool is_twin_time(const struct judging *j, ms_t t)
{
    return t >= j->twin_from && t <= j->twin_until;
}

/* They stand in the order in which they begin; what is found on the way has begun already. */
static void judge_duties(struct judging *j, ms_t t)
{
    while (j->duty_at < j->duty_count && j->duties[j->duty_at].done)
        j->duty_at++;
    for (size_t i = j->duty_at; i < j->duty_count && j->duties[i].t0 <= t; i++) {
        struct duty *d = &j->duties[i];
        if (d->done)
            continue;
        if (is_twin_time(j, d->t0) || is_twin_time(j, t))
            d->done = true;
        /* It has been on for a while: that was proved, or what was written of it is lost. */
        bool on_before = j->is_on && d->t0 - j->on_since > (d->kind == 'M' ? MINUTE : 0);
        if (on_before && d->kind != 'W') {
            d->done = true;
            continue;
        }
        ms_t since = there_since(j, d);
        /* What fell due while nobody was there to hear it comes at once. */
        bool at_once = d->kind == 'M' && since > d->t0 && since == j->back_at;
        ms_t bound = at_once ? BACK_AT_ONCE : d->bound;
        /* Where the end of the window came while it was not running it puts back first of all. */
        if (d->kind == 'M' && may_restore(j, d->t0, t) && j->bot_since != NEVER &&
            j->bot_since > d->t0)
            bound = MAY_TAKE + REMIND_WITHIN;
        ms_t last = since == NEVER ? NEVER : later_of(since, d->t0) + bound;
        if (d->void_at <= t && d->void_at <= last) {
            d->done = true;
        } else if (t > last) {
            violation(j, d->rule, "%s at %s, and nothing of it has come by %s", d->text,
                      when(j, d->t0), when(j, last));
            d->done = true;
        }
    }
}

static void fulfil(struct judging *j, char kind, const char *case_id, ms_t t)
{
    for (size_t i = j->duty_at; i < j->duty_count && j->duties[i].t0 - SECOND <= t; i++) {
        struct duty *d = &j->duties[i];
        if (d->kind == kind && (!case_id || same(d->case_id, case_id)))
            d->done = true;
    }
}

/* ---- what is there, over time ---- */

/* Of two it is the one that leads who is there. */
static void follow_leader(struct judging *j, const struct line *l)
{
    bool leads = same(l->f[0], "leads");
    if (leads)
        j->leader = l->who;
    if (l->who != j->leader || same(l->f[0], "records"))
        return;
    j->bot_since = leads ? l->t : same(l->f[0], "paused") ? strtoll(l->f[1], NULL, 10) : NEVER;
    for (int i = 0; i < CHATS && !same(l->f[0], "paused"); i++)
        j->connected[i] = false;
}

static void availability(struct judging *j, const struct line *l)
{
    bool stax = same(l->f[0], "stax");
    int c = chat_of(l->f[0]);
    if (l->kind == 'B' && j->shared) {
        follow_leader(j, l);
    } else if (l->kind == 'B' && same(l->f[0], "records")) {
        return;
    } else if (l->kind == 'B') {
        j->bot_since = same(l->f[0], "start")    ? l->t
                       : same(l->f[0], "paused") ? strtoll(l->f[1], NULL, 10)
                                                 : NEVER;
        for (int i = 0; i < CHATS && !same(l->f[0], "paused"); i++)
            j->connected[i] = false;
    } else if (l->kind == 'K' && stax) {
        j->stax_storm = same(l->f[1], "storm");
    } else if (l->kind == 'K') {
        j->chat_storm[c] = same(l->f[1], "storm");
    } else if (stax) {
        j->stax_down = same(l->f[1], "down");
    } else if (same(l->f[1], "connected")) {
        j->connected[c] = true;
        j->back_at = l->t;
    } else if (same(l->f[1], "disconnected")) {
        j->connected[c] = false;
    } else if (same(l->f[1], "down") || same(l->f[1], "up")) {
        j->chat_down[c] = same(l->f[1], "down");
        j->connected[c] &= !j->chat_down[c];
    } else {
        j->closed[c] = same(l->f[1], "closed");
    }
    bool fine = !j->stax_down && !j->stax_storm;
    j->stax_since = !fine ? NEVER : j->stax_since == NEVER ? l->t : j->stax_since;
    for (int i = 0; i < CHATS; i++) {
        bool up = j->connected[i] && !j->chat_down[i] && !j->chat_storm[i] && !j->closed[i];
        j->chat_since[i] = !up ? NEVER : j->chat_since[i] == NEVER ? l->t : j->chat_since[i];
    }
}

/* ---- what was shown ---- */

/* A part of a message: the value behind NAME= at the beginning of a line. */
static bool has_part(const char *body, const char *name, const char *value)
{
    char wanted[160];
    snprintf(wanted, sizeof wanted, "%s=%s\\n", name, value);
    const char *p = strstr(body, wanted);
    return p && (p == body || (p[-1] == 'n' && p[-2] == '\\'));
}

/* A message says which question it puts where it has a button for it; else by its words, for the
   one case that it is of. */
static bool puts_question(const char *body, const char *question, const char *case_id)
{
    return has_part(body, "question", question) ||
           (!strstr(body, "\\nquestion=") && has_part(body, "case", case_id) &&
            strstr(body, "Approve or decline: "));
}

/* What stood under that id, in the channel or before that person alone, right before line `at`;
   NULL when there was nothing. */
static const char *body_at(const struct judging *j, const char *chat, const char *id,
                           const char *person, size_t at)
{
    for (size_t i = at; i-- > 0;) {
        const struct line *l = &j->lines[i];
        if (l->kind == 'p' && same(l->f[0], chat) && same(l->f[1], id))
            return same(l->f[2], person) ? l->f[3] : NULL;
        if ((l->kind == 'M' || l->kind == 'E') && same(l->f[0], chat) && same(l->f[1], id))
            return l->f[l->kind == 'M' ? 3 : 2];
    }
    return NULL;
}

/* A message that put the question stood in a channel before line `at`: whoever names a case in
   words may have read of it in the other chat. */
static const char *shown_question(const struct judging *j, const char *question,
                                  const char *case_id, size_t at)
{
    for (size_t i = at; i-- > 0;) {
        const struct line *l = &j->lines[i];
        const char *body = l->f[l->kind == 'M' ? 3 : 2];
        if ((l->kind == 'M' || l->kind == 'E') && puts_question(body, question, case_id))
            return body;
    }
    return NULL;
}

static bool names_event(const struct record *r, const struct line *l)
{
    return strstr(member(r->source, "event_id"), l->f[2]) != NULL;
}

/* The line of what somebody did that this approval rests on, with what they saw; NULL: none. */
static const char *act_of(const struct judging *j, const struct record *r, const char *question,
                          const char **ret_why)
{
    char verb[16], chat[8], id[64];
    snprintf(verb, sizeof verb, "%.15s", member(r->data, "verb"));
    snprintf(chat, sizeof chat, "%.7s", member(r->actor, "chat"));
    snprintf(id, sizeof id, "%.63s", member(r->actor, "id"));
    *ret_why = "nobody did anything of the kind";
    for (size_t i = 0; i < j->count; i++) {
        const struct line *l = &j->lines[i];
        const char *body = NULL;
        if (!same(l->f[0], chat) || !same(l->f[1], id))
            continue;
        if (same(verb, "button") && l->kind == 'L' && same(l->f[4], "approve") &&
            same(l->f[5], question))
            body = body_at(j, chat, l->f[3], l->f[1], i);
        else if (same(verb, "reaction") && l->kind == 'X' && same(l->f[4], j->approve_reaction)) {
            body = body_at(j, chat, l->f[3], l->f[1], i);
            if (body && !puts_question(body, question, r->case_id)) {
                *ret_why = "the reaction is on a message that does not put that question";
                body = NULL;
            }
        } else if (same(verb, "command") && l->kind == 'S' && starts(l->f[3], "approve") &&
                   names_event(r, l)) {
            body = shown_question(j, question, r->case_id, i);
            if (!body)
                *ret_why = "the question was not there yet when they said it";
        }
        if (body)
            return body;
    }
    return NULL;
}

/* What was asked under that handle. */
static const struct record *asked(const struct judging *j, const char *question)
{
    static const char *const kinds[] = { "asked", "extension_asked", "adoption_asked" };
    for (size_t i = 0; i < j->record_count; i++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            if (same(j->records[i].kind, kinds[k]) &&
                (same(member(j->records[i].data, "question"), question) ||
                 same(member(j->records[i].data, "handle"), question)))
                return &j->records[i];
    return NULL;
}

static void judge_approval(struct judging *j, const struct record *r)
{
    char question[64];
    const char *why;
    snprintf(question, sizeof question, "%.63s", member(r->data, "question"));
    const struct record *ask = asked(j, question);
    const char *seen = act_of(j, r, question, &why);
    j->v->approvals++;
    if (!ask)
        violation(j, "approval", "record %s approves what nobody asked", r->seq);
    else if (!seen)
        violation(j, "approval", "record %s (%s): %s", r->seq, r->case_id, why);
    else if (!strstr(seen, member(ask->data, "reason")) ||
             !strstr(seen, member(ask->data, "account")))
        violation(j, "shown", "record %s (%s): what was approved is not what was shown", r->seq,
                  r->case_id);
    if (ask && same(member(ask->actor, "stax"), member(r->actor, "stax")))
        violation(j, "self", "record %s (%s): approved by whoever asked", r->seq, r->case_id);
}

/* ---- once is once ---- */

/* Nothing that somebody did counts twice. */
static void judge_repeats(struct judging *j)
{
    static const char *const kinds[] = { "asked",    "extension_asked", "adoption_asked",
                                         "approved", "declined",        "snoozed",
                                         "withdrawn" };
    for (size_t i = 0; i < j->record_count; i++) {
        bool counts = false;
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            counts |= same(j->records[i].kind, kinds[k]);
        for (size_t k = i + 1; counts && k < j->record_count; k++)
            if (same(j->records[k].kind, j->records[i].kind) &&
                same(j->records[k].source, j->records[i].source) &&
                member(j->records[i].source, "event_id")[0])
                violation(j, "repeat", "records %s and %s come of one and the same event",
                          j->records[i].seq, j->records[k].seq);
    }
}

/* The process began so shortly before that a call of the one before may still have been on its
   way. */
static bool began_lately(const struct judging *j, size_t at)
{
    for (size_t i = at; i-- > 0 && j->lines[at].t - j->lines[i].t < MINUTE;)
        if (j->lines[i].kind == 'B' && same(j->lines[i].f[0], "start"))
            return true;
    return false;
}

struct post {
    const char *key, *chat;
    size_t bytes, line; /* of the key; where it stands */
};

static int by_key(const void *a, const void *b)
{
    const struct post *x = a, *y = b;
    int order = strcmp(x->chat, y->chat);
    if (!order)
        order = x->bytes < y->bytes ? -1 : x->bytes > y->bytes;
    if (!order)
        order = memcmp(x->key, y->key, x->bytes);
    return order ? order : x->line < y->line ? -1 : x->line > y->line;
}

static bool was_deleted(const struct judging *j, const struct line *l, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (j->lines[i].kind == 'Q' && same(j->lines[i].f[0], l->f[0]) &&
            same(j->lines[i].f[1], l->f[1]))
            return true;
    return false;
}

/* Nothing is posted twice. */
static void judge_posts(struct judging *j)
{
    struct post *posts = calloc(j->count + 1, sizeof *posts);
    size_t count = 0;
    if (!posts)
        abort();
    for (size_t i = 0; i < j->count; i++) {
        const char *key = j->lines[i].kind == 'M' ? strstr(j->lines[i].f[3], "\\nkey=") : NULL;
        if (key)
            posts[count++] = (struct post){ key + 6, j->lines[i].f[0], strcspn(key + 6, "\\"), i };
    }
    qsort(posts, count, sizeof *posts, by_key);
    for (size_t i = 0; i + 1 < count; i++) {
        struct post *a = &posts[i], *b = &posts[i + 1];
        const struct line *first = &j->lines[a->line], *second = &j->lines[b->line];
        if (a->bytes && a->bytes == b->bytes && memcmp(a->key, b->key, a->bytes) == 0 &&
            same(a->chat, b->chat) && first->who == second->who &&
            !was_deleted(j, first, a->line, b->line) && !began_lately(j, b->line))
            violation(j, "posted", "%.*s stands there twice: %s and %s", (int)a->bytes, a->key,
                      first->f[1], second->f[1]);
    }
    free(posts);
}

/* ---- the records are believed, and are written, as long as nothing was done to them ---- */

static void judge_store(struct judging *j)
{
    bool touched = false, failed = false;
    ms_t fine_since = 0;
    for (size_t i = 0; i < j->count; i++) {
        if (j->lines[i].kind == 'O' && !same(j->lines[i].f[0], "copied"))
            fine_since = same(j->lines[i].f[0], "failing") ? NEVER : j->lines[i].t;
        /* What was only in memory is gone with the process, and the chats have seen it. */
        touched |= j->lines[i].kind == 'B' && same(j->lines[i].f[0], "crash") && fine_since &&
                   (fine_since == NEVER || j->lines[i].t - fine_since < 65 * SECOND);
        failed |= j->lines[i].kind == 'O' && same(j->lines[i].f[0], "failing");
        touched |= j->lines[i].kind == 'O' && same(j->lines[i].f[0], "replaced");
        /* What another reguard has said is not in these records. */
        touched |= is_twin_time(j, j->lines[i].t);
    }
    for (size_t i = 0; i < j->record_count; i++) {
        const struct record *r = &j->records[i];
        if (same(r->kind, "store_doubted") && !touched)
            violation(j, "doubt", "record %s doubts what nobody has touched: %s", r->seq,
                      member(r->data, "text"));
        if (same(r->kind, "store_lost") && !failed)
            violation(j, "doubt", "record %s: not written, and the disk was fine: %s", r->seq,
                      member(r->data, "text"));
    }
}

static unsigned long long witness_of(const struct line *l)
{
    const char *p = l->kind == 'M' || l->kind == 'E'
                        ? strstr(l->f[l->kind == 'M' ? 3 : 2], "\\nwitness=")
                        : NULL;
    return p ? strtoull(p + strlen("\\nwitness="), NULL, 10) : 0;
}

/* An older copy of the store was put back. When the chats have seen more of the records than it
   knows, it is told to somebody, and nothing is lowered on it. */
static void judge_replaced(struct judging *j, size_t at)
{
    unsigned long long seen = 0, has = 0;
    ms_t told = NEVER, lowered = NEVER, there = NEVER;
    for (size_t i = 0; i < at; i++)
        if (witness_of(&j->lines[i]) > seen && !strstr(j->lines[i].f[3], "kind=direct"))
            seen = witness_of(&j->lines[i]);
    for (size_t i = at; i < j->count; i++) {
        const struct line *l = &j->lines[i];
        if (l->kind == 'B' && same(l->f[0], "records") && !has)
            has = strtoull(l->f[1], NULL, 10);
        if (l->kind == 'M' && strstr(l->f[3], "\xf0\x9f\x9a\xa8") &&
            (strstr(l->f[3], "records") || strstr(l->f[3], "older copy")) && told == NEVER)
            told = l->t;
        if (l->kind == 'U' && same(l->f[1], "off") && lowered == NEVER)
            lowered = l->t;
        if (l->kind == 'Z' && there == NEVER)
            there = l->t;
    }
    if (seen <= has)
        return;
    if (lowered != NEVER)
        violation(j, "replaced",
                  "lowered at %s on records that end with %llu, and the chat has "
                  "seen %llu",
                  when(j, lowered), has, seen);
    if (told == NEVER || told > there + 5 * MINUTE)
        violation(j, "replaced",
                  "the records end with %llu, the chat has seen %llu, and nobody "
                  "was told",
                  has, seen);
}

/* ---- what was acknowledged is not lost ---- */

static bool came_to_something(const struct judging *j, size_t at, const char *event)
{
    const char *who = j->lines[at].f[1];
    for (size_t i = 0; i < j->record_count; i++)
        if (strstr(member(j->records[i].source, "event_id"), event))
            return true;
    for (size_t i = at + 1; i < j->count; i++)
        if ((j->lines[i].kind == 'A' || j->lines[i].kind == 'H') && same(j->lines[i].f[1], who))
            return true;
    return false;
}

/* By the records the question was open for a while before and after. */
static bool is_open(const struct judging *j, const char *question, ms_t t)
{
    const struct record *ask = asked(j, question);
    if (!ask || ask->at > t - SECOND || end_of(j, ask->case_id) < t + 2 * MINUTE)
        return false;
    for (size_t i = 0; i < j->record_count; i++) {
        const struct record *r = &j->records[i];
        bool ends = same(r->kind, "approved") || same(r->kind, "ended") ||
                    same(r->kind, "extension_approved") || same(r->kind, "extension_declined") ||
                    same(r->kind, "adoption_refused");
        if (ends && same(r->case_id, ask->case_id) && r->at < t + 2 * MINUTE)
            return false;
    }
    return true;
}

/* "approve G-0002" before there is one, heard after an absence: it waits, in memory alone, until it
   is known whether that question stands anywhere. Lost, it lowers nothing. */
static bool is_ahead_of_its_case(const struct judging *j, const char *event)
{
    for (size_t i = 0; i < j->count; i++) {
        const struct line *l = &j->lines[i];
        if (l->kind != 'S' || !same(l->f[2], event) || !starts(l->f[3], "approve G-"))
            continue;
        const struct record *asks = newest(j, "asked", l->f[3] + strlen("approve "), NEVER);
        return asks && asks->at > l->t;
    }
    return false;
}

/* A request for a lift that the chat's service was told to forget is answered or on record,
   whatever has ended the process. */
static void judge_acknowledged(struct judging *j)
{
    for (size_t i = 0; i < j->count; i++) {
        const struct line *l = &j->lines[i];
        int chat = 0;
        if (l->kind == 'l' && !is_ahead_of_its_case(j, l->f[1]))
            violation(j, "lost", "the place in the room is behind %s, which is not on disk",
                      l->f[1]);
        bool asks = l->kind == 'S' && (starts(l->f[3], "lift") || same(l->f[3], "status"));
        bool answers = l->kind == 'L' && same(l->f[4], "approve") && !j->clock_is_set &&
                       is_open(j, l->f[5], l->t);
        if (!asks && !answers)
            continue;
        struct human *h = human_of_id(j, l->f[1], &chat);
        bool acknowledged = false;
        ms_t within = asks ? 120 * MINUTE : 5 * MINUTE; /* words are heard after an absence */
        for (size_t k = i; k < j->count && j->lines[k].t - l->t < within; k++)
            acknowledged |= j->lines[k].kind == 'a' && same(j->lines[k].f[1], l->f[2]);
        bool known = h && stayed_fine(h->mapped, h->mappings, l->t, l->t + within);
        if (known && acknowledged && !came_to_something(j, i, l->f[2]))
            violation(j, "lost", "what %s said at %s was acknowledged, and nothing came of it",
                      l->f[1], when(j, l->t));
    }
}

/* ---- changes ---- */

struct change {
    const char *no, *task, *case_id;
    ms_t t;
    bool on;
};

/* It leaves: who is behind it, at that moment? */
static void judge_party(struct judging *j, const struct line *l, const char *case_id,
                        const char *actor, const char *what)
{
    struct human *h = human_of_stax(j, member(actor, "stax"));
    int chat = chat_of(member(actor, "chat"));
    if (!h || !was_fine(h->role, h->roles, l->t - ROLE_AGE, l->t))
        violation(j, "admin", "%s: lowered at %s for %s, who %s it and is no Admin", case_id,
                  when(j, l->t), member(actor, "stax"), what);
    else if (!was_fine(h->mapped, h->mappings, l->t - ROLE_AGE, l->t))
        violation(j, "admin", "%s: lowered at %s for %s, who %s it and is not in [people]", case_id,
                  when(j, l->t), h->stax, what);
    else if (!was_fine(h->seat[chat], h->seats[chat], l->t - ROLE_AGE, l->t))
        violation(j, "standing", "%s: lowered at %s for %s, who %s it and is not in the chat",
                  case_id, when(j, l->t), h->stax, what);
}

/* The reaction that this approval was, taken away again, and the process had acknowledged that well
   before the change left. */
static bool was_taken_back(const struct judging *j, const struct record *r, const struct line *left)
{
    char chat[8], id[64], question[64];
    snprintf(chat, sizeof chat, "%.7s", member(r->actor, "chat"));
    snprintf(id, sizeof id, "%.63s", member(r->actor, "id"));
    snprintf(question, sizeof question, "%.63s", member(r->data, "question"));
    if (!same(member(r->data, "verb"), "reaction"))
        return false;
    bool back = false;
    for (size_t i = 0; i < j->count && j->lines[i].t < left->t - 2 * SECOND; i++) {
        const struct line *l = &j->lines[i];
        if ((l->kind != 'X' && l->kind != 'Y') || !same(l->f[0], chat) || !same(l->f[1], id) ||
            !same(l->f[4], j->approve_reaction))
            continue;
        const char *body = body_at(j, chat, l->f[3], l->f[1], i);
        if (!body || !puts_question(body, question, r->case_id))
            continue;
        if (l->kind == 'X') {
            back = false;
            continue;
        }
        for (size_t k = i; k < j->count && j->lines[k].t < left->t - 2 * SECOND; k++)
            back |= j->lines[k].kind == 'a' && same(j->lines[k].f[1], l->f[2]);
    }
    return back;
}

/* What was asked is carried out only on as many approvals of that very question. */
static void judge_carried_out(struct judging *j, size_t at)
{
    static const struct {
        const char *done, *asked, *approved;
    } kinds[] = { { "lift_begun", "asked", "approved" },
                  { "extended", "extension_asked", "extension_approved" },
                  { "adopted", "adoption_asked", "approved" } };
    const struct record *r = &j->records[at];
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        size_t from = at;
        int approvals = 0;
        if (!same(r->kind, kinds[k].done))
            continue;
        while (from > 0 && !(same(j->records[from].kind, kinds[k].asked) &&
                             same(j->records[from].case_id, r->case_id)))
            from--;
        char question[64];
        snprintf(question, sizeof question, "%.63s", member(j->records[from].data, "question"));
        for (size_t i = from; i < at; i++) {
            const struct record *a = &j->records[i];
            bool of_it = same(a->case_id, r->case_id) &&
                         same(member(a->data, "question"), question);
            approvals += of_it && same(a->kind, kinds[k].approved);
            approvals -= of_it &&
                         (same(a->kind, "approval_taken_back") || same(a->kind, "approval_lapsed"));
        }
        int wanted = least_of(j, j->approvals, j->approval_count, r->at, r->at);
        if (approvals < wanted)
            violation(j, "ballot", "record %s (%s): %s on %d approvals of its question, not %d",
                      r->seq, r->case_id, r->kind, approvals, wanted);
    }
}

static void judge_lowering(struct judging *j, const struct line *l, const char *case_id)
{
    const struct record *ask = newest(j, "asked", case_id, l->t);
    int approvals = 0;
    if (!ask) {
        violation(j, "admin", "lowered at %s, and nobody had asked for it", when(j, l->t));
        return;
    }
    judge_party(j, l, case_id, ask->actor, "asked for");
    for (size_t i = 0; i < j->record_count && j->records[i].at <= l->t; i++) {
        const struct record *r = &j->records[i];
        if (!same(r->kind, "approved") || !same(r->case_id, case_id))
            continue;
        bool stands = true;
        for (size_t k = i + 1; k < j->record_count && j->records[k].at <= l->t; k++)
            stands &= !((same(j->records[k].kind, "approval_taken_back") ||
                         same(j->records[k].kind, "approval_lapsed")) &&
                        same(j->records[k].case_id, case_id) &&
                        same(member(j->records[k].actor, "stax"), member(r->actor, "stax")));
        approvals += stands;
        if (stands)
            judge_party(j, l, case_id, r->actor, "approved");
        if (stands && was_taken_back(j, r, l))
            violation(j, "taken-back", "%s: lowered at %s on an approval that was taken back",
                      case_id, when(j, l->t));
    }
    const struct record *begun = newest(j, "lift_begun", case_id, l->t);
    int wanted = least_of(j, j->approvals, j->approval_count, begun ? begun->at : l->t, l->t);
    if (approvals < wanted)
        violation(j, "approvals", "%s: lowered at %s with %d approvals, not %d", case_id,
                  when(j, l->t), approvals, wanted);
    j->v->lifts++;
}

/* The body is a document that was read just before, but for the one flag. */
static void judge_body(struct judging *j, size_t at)
{
    const struct line *l = &j->lines[at];
    char wanted[512], got[512];
    size_t flags = 0;
    snprintf(wanted, sizeof wanted, "%s", l->f[2]);
    char *root = strstr(wanted, "IAM_BLOCK_ROOT_USER_ACCESS=");
    if (root)
        root[strlen("IAM_BLOCK_ROOT_USER_ACCESS=")] = '?';
    for (const char *p = l->f[3]; (p = strstr(p, ":")) != NULL; p++)
        flags += starts(p, ":true") || starts(p, ":false");
    size_t expected = 0;
    for (const char *p = l->f[2]; *p; p++)
        expected += *p == '=';
    bool fine = flags == expected && strstr(l->f[3], "\"RCP\":{}");
    bool found = false;
    for (size_t i = at; i-- > 0 && !found && l->t - j->lines[i].t < 2 * MINUTE;) {
        if (j->lines[i].kind != 'G')
            continue;
        snprintf(got, sizeof got, "%s", j->lines[i].f[3]);
        root = strstr(got, "IAM_BLOCK_ROOT_USER_ACCESS=");
        if (root)
            root[strlen("IAM_BLOCK_ROOT_USER_ACCESS=")] = '?';
        found = same(got, wanted);
    }
    if (!fine || !found)
        violation(j, "flags", "the change of %s is not the document that was read: %s",
                  when(j, l->t), l->f[3]);
}

static void judge_changes(struct judging *j)
{
    struct change *changes = calloc(j->count + 1, sizeof *changes);
    size_t count = 0, lowered = 0;
    ms_t failing_since = NEVER, fine_since = 0;
    bool of_one = false;
    const char *lowered_for[512];
    if (!changes)
        abort();
    for (size_t i = 0; i < j->count; i++) {
        const struct line *l = &j->lines[i];
        if (l->kind == 'U') {
            struct change *c = &changes[count++];
            *c = (struct change){ .no = l->f[0], .t = l->t, .on = same(l->f[1], "on") };
            judge_body(j, i);
            /* What was committed before may still leave for as long as it may at all. */
            if (!c->on && failing_since != NEVER && !of_one &&
                l->t - failing_since > ROLE_AGE + 5 * SECOND)
                violation(j, "unrecorded", "lowered at %s, while nothing could be written",
                          when(j, l->t));
            /* What is kept in memory meanwhile is written down within a minute, or lost with the
               process. */
            if (failing_since != NEVER || l->t - fine_since < 65 * SECOND) {
                count--;
                continue;
            }
            if (j->clock_is_set)
                continue;
            const struct record *begun = newest(j, "change_begun", NULL, l->t);
            size_t so_far = 0;
            for (size_t k = 0; k < j->record_count && j->records[k].at <= l->t; k++)
                so_far += same(j->records[k].kind, "change_begun");
            if (!begun || so_far < count || (number(begun->data, "on") != 0) != c->on)
                violation(j, "audit", "a change left at %s that no record speaks of",
                          when(j, l->t));
            else if (!c->on)
                judge_lowering(j, l, c->case_id = begun->case_id);
        } else if (l->kind == 'O' && !same(l->f[0], "copied")) {
            /* While one process is cut off the other one writes, and leads; that the first does
               not lower meanwhile is asked of its lease. */
            bool one = same(l->f[1], "one");
            if (one && failing_since != NEVER && !of_one)
                continue;
            of_one = one;
            failing_since = same(l->f[0], "failing") ? l->t : NEVER;
            fine_since = l->t;
        } else if (l->kind == 'V' && same(l->f[1], "200")) {
            for (size_t k = 0; k < count; k++)
                if (same(changes[k].no, l->f[0]))
                    changes[k].task = l->f[2];
        } else if (l->kind == 'T' && same(l->f[1], "done")) {
            for (size_t k = 0; k < count; k++)
                if (same(changes[k].task, l->f[0]) && !changes[k].on && j->is_on &&
                    changes[k].case_id && lowered < 512)
                    lowered_for[lowered++] = changes[k].case_id;
        } else if (l->kind == 'D') {
            j->is_on = strstr(l->f[1], "IAM_BLOCK_ROOT_USER_ACCESS=1") != NULL;
        }
    }
    for (size_t i = 0; i < lowered; i++)
        for (size_t k = i + 1; k < lowered; k++)
            if (same(lowered_for[i], lowered_for[k]))
                violation(j, "twice", "%s: lowered twice on one approval", lowered_for[i]);
    free(changes);
}

/* ---- closing ---- */

static void judge_closing(struct judging *j, const struct record *r)
{
    ms_t last_change = 0, second = NEVER, first_left = NEVER;
    bool proved = false;
    for (size_t i = 0; i < j->count && j->lines[i].t <= r->at; i++)
        if (j->lines[i].kind == 'U')
            last_change = j->lines[i].t;
    for (size_t i = j->count; i-- > 0 && !proved;) {
        const struct line *l = &j->lines[i];
        if (l->kind != 'G' || l->t > r->at)
            continue;
        if (!same(l->f[2], "on"))
            break;
        first_left = strtoll(l->f[0], NULL, 10);
        second = second == NEVER ? l->t : second;
        if (first_left < last_change)
            break;
        proved = second - l->t >= j->verify_gap;
    }
    j->v->closed++;
    if (!proved)
        violation(j, "proof", "%s: called restored at %s without two agreeing reads behind it",
                  r->case_id, when(j, r->at));
}

/* ---- alarms ---- */

static bool can_act(struct judging *j, struct human *h, int chat, ms_t t)
{
    return was_fine(h->mapped, h->mappings, t - 2 * MINUTE, t) && h->ids[chat][0] &&
           was_fine(h->role, h->roles, t - j->poll_idle, t) &&
           was_fine(h->seat[chat], h->seats[chat], t - j->poll_idle, t);
}

/* Somebody could have been told all the time, in a chat that is there. */
static bool somebody_could(struct judging *j, ms_t t)
{
    ms_t from = t - 2 * j->poll_idle - ROSTER_AGE;
    for (size_t i = 0; i < j->human_count; i++)
        for (int c = 0; c < CHATS; c++)
            if (j->humans[i].ids[c][0] && j->chat_since[c] != NEVER &&
                stayed_fine(j->humans[i].mapped, j->humans[i].mappings, from, t) &&
                stayed_fine(j->humans[i].role, j->humans[i].roles, from, t) &&
                stayed_fine(j->humans[i].seat[c], j->humans[i].seats[c], from, t))
                return true;
    return false;
}

static bool reaches_somebody(struct judging *j, const struct line *l)
{
    int chat = chat_of(l->f[0]);
    for (size_t i = 0; i < j->human_count; i++) {
        struct human *h = &j->humans[i];
        char mention[80], other[80];
        snprintf(mention, sizeof mention, "<@%s>", h->key);
        snprintf(other, sizeof other, "<@%s>", h->ids[chat]);
        bool told = strstr(l->f[3], mention) || strstr(l->f[3], other) ||
                    same(l->f[2], h->ids[chat]);
        if (told && can_act(j, h, chat, l->t))
            return true;
    }
    return !somebody_could(j, l->t);
}

/* Something was said as an alarm. Who is told of it is told within moments, each in a message of
   their own: whether somebody who can act is among them is asked of all of these together. */
static void note_alarm(struct judging *j, const struct line *l, const char *case_id)
{
    static const ms_t SETTLED = 5 * 60 * 1000;
    struct alarm *a = &j->alarms[j->alarm_count++];
    bool settled = true;
    *a = (struct alarm){ .t = l->t, .reached = reaches_somebody(j, l) };
    snprintf(a->case_id, sizeof a->case_id, "%s", case_id);
    for (int c = 0; c < CHATS; c++)
        settled &= j->chat_since[c] == NEVER ? c > 0 && !j->second_chat
                                             : l->t - j->chat_since[c] > SETTLED;
    a->excused = !settled || j->bot_since == NEVER || l->t - j->bot_since < SETTLED;
}

static void judge_alarms(struct judging *j)
{
    for (size_t i = 0; i < j->alarm_count; i++) {
        const struct alarm *a = &j->alarms[i];
        bool reached = a->reached;
        for (size_t k = i; k-- > 0 && a->t - j->alarms[k].t <= 2 * MINUTE;)
            reached |= j->alarms[k].reached && same(j->alarms[k].case_id, a->case_id);
        for (size_t k = i + 1; k < j->alarm_count && j->alarms[k].t - a->t <= 2 * MINUTE; k++)
            reached |= j->alarms[k].reached && same(j->alarms[k].case_id, a->case_id);
        j->v->alarms++;
        if (!reached && !a->excused)
            violation(j, "alarm", "the alarm of %s%s%s reached nobody who can act", when(j, a->t),
                      a->case_id[0] ? " for " : "", a->case_id);
    }
}

/* ---- nothing is said needlessly ---- */

static size_t open_cases(const struct judging *j, ms_t t)
{
    static const ms_t LOOKED_AFTER = 24 * 3600 * 1000;
    size_t count = 0;
    for (size_t i = 0; i < j->life_count; i++)
        count += j->lives[i].begun <= t + SECOND &&
                 (j->lives[i].end == NEVER || t <= j->lives[i].end + LOOKED_AFTER);
    return count;
}

/* By the records themselves: what is doubted is reminded of until somebody accepts it. */
static bool is_in_doubt(const struct judging *j, ms_t t)
{
    bool doubted = false;
    for (size_t i = 0; i < j->record_count && j->records[i].at <= t; i++)
        doubted = same(j->records[i].kind, "store_doubted") ||
                  (doubted && !same(j->records[i].kind, "store_accepted"));
    return doubted;
}

/* Where nothing has happened for long, nothing is open and everything is there, nothing is said;
   and with something open, so much a day. */
static void judge_saying(struct judging *j, const struct line *l)
{
    static const ms_t DAY = 24 * 3600 * 1000, FOLLOWS = 3600 * 1000;
    size_t open = open_cases(j, l->t);
    ms_t quiet = l->t - j->cause_at;
    bool fine = j->bot_since != NEVER && j->stax_since != NEVER && j->chat_since[0] != NEVER &&
                (!j->second_chat || j->chat_since[1] != NEVER) && !j->failing;
    if (fine && !open && j->is_on && quiet > 2 * j->poll_idle + FOLLOWS && !is_in_doubt(j, l->t))
        violation(j, "needless", "%s was said at %s, and nothing had happened for %d hours",
                  l->f[1], when(j, l->t), (int)(quiet / FOLLOWS));
    j->said++;
    if (j->said == (unsigned long)(quiet / DAY + 1) * 8 * (j->human_count + 1) * (open + 1) * CHATS)
        violation(j, "flood", "%lu messages since %s, when the last thing had happened", j->said,
                  when(j, j->cause_at));
}

static void note_cause(struct judging *j, const struct line *l)
{
    if (l->kind == 'O')
        j->failing = same(l->f[0], "failing");
    if (!strchr("SLXYFDTUVNKOWRIQBZCP", l->kind))
        return;
    j->cause_at = l->t;
    j->said = 0;
}

static void note_lives(struct judging *j)
{
    j->lives = calloc(j->record_count + 1, sizeof *j->lives);
    if (!j->lives)
        abort();
    for (size_t i = 0; i < j->record_count; i++)
        if (j->records[i].case_id[0] && !was_asked_before(j, i))
            j->lives[j->life_count++] = (struct life){ j->records[i].at,
                                                       end_of(j, j->records[i].case_id) };
}

/* ---- what is kept does not grow ---- */

static void judge_size(struct judging *j, const struct line *l)
{
    static const long STORE_LEAST = 1024 * 1024, RECORD_MOST = 4096;
    long first = strtol(l->f[1], NULL, 10), second = strtol(l->f[2], NULL, 10);
    if (same(l->f[0], "memory") && first > 0)
        violation(j, "grows", "the process held %ld half mebibytes more than one that begins anew",
                  first);
    if (same(l->f[0], "store") && first > STORE_LEAST + second * RECORD_MOST)
        violation(j, "grows", "the store has %ld bytes for %ld records", first, second);
}

/* What is said of several at once names the others in its key, "G-0001+G-0002-17-0-slack". */
static void hear_of_others(struct judging *j, const struct line *l, const char *body)
{
    const char *key = strstr(body, "key=");
    size_t bytes = key ? strcspn(key, "\\") : 0;
    for (size_t i = 0; i < bytes; i++) {
        char case_id[16];
        if (key[i] != '+')
            continue;
        snprintf(case_id, sizeof case_id, "G-%.*s", (int)strspn(key + i + 3, "0123456789"),
                 key + i + 3);
        fulfil(j, 'M', case_id, l->t);
        note_alarm(j, l, case_id);
    }
}

static void hear(struct judging *j, const struct line *l)
{
    const char *body = l->f[3];
    if (!has_part(body, "alarm", "1"))
        return;
    const char *p = strstr(body, "case=G-");
    char case_id[16] = "";
    if (p)
        snprintf(case_id, sizeof case_id, "%.*s", (int)strcspn(p + 5, "\\"), p + 5);
    fulfil(j, 'M', case_id, l->t);
    if (strstr(body, "\xf0\x9f\x9a\xa8"))
        note_alarm(j, l, case_id);
    hear_of_others(j, l, body);
    if (reaches_somebody(j, l))
        fulfil(j, 'W', NULL, l->t);
}

/* ---- in order of time ---- */

static void document_changes(struct judging *j, const struct line *l)
{
    bool on = strstr(l->f[1], "IAM_BLOCK_ROOT_USER_ACCESS=1") != NULL;
    if (on && !j->is_on)
        for (size_t i = 0; i < j->duty_count; i++)
            if (j->duties[i].kind == 'W' || j->duties[i].kind == 'R')
                j->duties[i].void_at = j->duties[i].void_at < l->t || j->duties[i].t0 > l->t
                                           ? j->duties[i].void_at
                                           : l->t;
    if (!on && j->is_on && !j->clock_is_set && !is_held(j, l->t)) {
        struct duty *d = add_duty(j, "watch", 'W', l->t, j->poll_idle + WATCH_WITHIN);
        d->stax = d->chat = true;
        snprintf(d->text, sizeof d->text, "lifted by %s", l->f[0]);
        j->v->outside++;
    }
    j->on_since = on && !j->is_on ? l->t : j->on_since;
    j->is_on = on;
}

/* At the beginning of the story. */
static void nothing_is_there(struct judging *j)
{
    j->bot_since = NEVER;
    j->leader = j->shared ? -1 : j->leader;
    j->stax_since = j->lines[0].t;
    j->stax_down = j->stax_storm = false;
    for (int c = 0; c < CHATS; c++) {
        j->chat_since[c] = NEVER;
        j->chat_down[c] = j->chat_storm[c] = j->closed[c] = j->connected[c] = false;
    }
}

static void go_through(struct judging *j)
{
    if (j->duty_count)
        qsort(j->duties, j->duty_count, sizeof *j->duties, by_begin);
    j->in_order = true;
    nothing_is_there(j);
    j->is_on = true;
    for (size_t i = 0; i < j->count; i++) {
        const struct line *l = &j->lines[i];
        if (l->kind == 'J')
            break;
        judge_duties(j, l->t);
        note_cause(j, l);
        if (l->kind == 'M' && l->who != j->who)
            continue;
        if (l->kind == 'M' && !is_twin_time(j, l->t))
            judge_saying(j, l);
        if (l->kind == 'z')
            judge_size(j, l);
        if (l->kind == 'B' || l->kind == 'K' || l->kind == 'N')
            availability(j, l);
        else if (l->kind == 'D')
            document_changes(j, l);
        else if (l->kind == 'U' && same(l->f[1], "on"))
            fulfil(j, 'R', NULL, l->t);
        else if (l->kind == 'M')
            hear(j, l);
    }
}

/* ---- who was told to be heard is answered ---- */

struct asking {
    size_t at;  /* its line */
    ms_t heard; /* acknowledged */
};

static bool is_recorded(const struct judging *j, const char *event)
{
    for (size_t i = 0; i < j->record_count; i++)
        if (strstr(member(j->records[i].source, "event_id"), event))
            return true;
    return false;
}

/* The process and the chat have been there for a while since, without a break. False: it is not
   waited for any more. */
static bool waits_on(struct judging *j, const struct asking *a, ms_t t)
{
    /* What a form or a look at Stax is waited for; what an earlier process owes is given within. */
    static const ms_t ANSWERED_WITHIN = 10 * 60 * 1000, OWED_FOR = 24 * 60 * 60 * 1000;
    const struct line *said = &j->lines[a->at];
    int c = chat_of(said->f[0]);
    bool there = j->bot_since != NEVER && j->chat_since[c] != NEVER;
    ms_t since = there ? later_of(j->bot_since, j->chat_since[c]) : NEVER;
    if (t - said->t > OWED_FOR)
        return false;
    if (a->heard == NEVER || !there || t - later_of(since, a->heard) <= ANSWERED_WITHIN)
        return true;
    int chat = 0;
    const struct human *h = human_of_id(j, said->f[1], &chat);
    if (h && stayed_fine(h->mapped, h->mappings, said->t, t) && !is_recorded(j, said->f[2]))
        violation(j, "answer", "what %s said at %s was acknowledged, and not answered by %s",
                  said->f[1], when(j, said->t), when(j, t));
    return false;
}

static void judge_answers(struct judging *j)
{
    struct asking *all = calloc(j->count + 1, sizeof *all);
    size_t count = 0;
    nothing_is_there(j);
    for (size_t i = 0; all && i < j->count && j->lines[i].kind != 'J'; i++) {
        const struct line *l = &j->lines[i];
        size_t kept = 0;
        for (size_t k = 0; k < count; k++) {
            const struct line *said = &j->lines[all[k].at];
            bool answers = (l->kind == 'A' || l->kind == 'H') && same(l->f[0], said->f[0]) &&
                           same(l->f[1], said->f[1]);
            if (l->kind == 'a' && same(l->f[0], said->f[0]) && same(l->f[1], said->f[2]))
                all[k].heard = all[k].heard == NEVER ? l->t : all[k].heard;
            if (!answers && waits_on(j, &all[k], l->t))
                all[kept++] = all[k];
        }
        count = kept;
        if (l->kind == 'S' && (starts(l->f[3], "lift") || same(l->f[3], "status")))
            all[count++] = (struct asking){ i, NEVER };
        if (l->kind == 'B' || l->kind == 'K' || l->kind == 'N')
            availability(j, l);
    }
    free(all);
}

/* ---- at the end, hours after the last fault ---- */

static const struct record *ending(const struct judging *j, const char *case_id)
{
    for (size_t i = 0; i < j->record_count; i++)
        if (same(j->records[i].case_id, case_id) && is_end(&j->records[i]))
            return &j->records[i];
    return NULL;
}

struct last_card {
    char case_id[16];
    const char *body;
};

/* The cards of a chat as they stand, by case. */
static size_t last_cards(const struct judging *j, int chat, struct last_card *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < j->count; i++) {
        const struct line *l = &j->lines[i];
        const char *body = l->f[l->kind == 'M' ? 3 : 2], *p;
        char id[16];
        size_t at = 0;
        if ((l->kind != 'M' && l->kind != 'E') || l->who != j->who || chat_of(l->f[0]) != chat ||
            !starts(body, "kind=card\\n") || !(p = strstr(body, "\\ncase=")))
            continue;
        snprintf(id, sizeof id, "%.*s", (int)strcspn(p + 7, "\\"), p + 7);
        while (at < count && !same(ret[at].case_id, id))
            at++;
        snprintf(ret[at].case_id, sizeof id, "%s", id);
        ret[at].body = body;
        count += at == count;
    }
    return count;
}

static void judge_cards(struct judging *j)
{
    struct last_card *cards = calloc(j->count + 1, sizeof *cards);
    if (!cards)
        abort();
    for (int c = 0; c < CHATS; c++) {
        size_t count = last_cards(j, c, cards);
        for (size_t i = 0; i < count; i++) {
            const struct record *end = ending(j, cards[i].case_id);
            if (end && !has_part(cards[i].body, "state", end->kind))
                violation(j, "card", "%s is %s, and its card in the %s chat does not say so",
                          cards[i].case_id, end->kind, c ? "second" : "first");
        }
    }
    free(cards);
}

static void judge_end(struct judging *j)
{
    if (!j->is_on)
        violation(j, "settled", "the guardrail is still off at the end");
    for (size_t i = 0; i < j->record_count; i++) {
        const struct record *r = &j->records[i];
        if (!r->case_id[0] || was_asked_before(j, i))
            continue;
        if (!ending(j, r->case_id))
            violation(j, "settled", "%s is still open at the end", r->case_id);
    }
    judge_cards(j);
}

/* ---- two that share their records ---- */

struct instance {
    long epoch;      /* of the lease that it took last */
    ms_t fine_since; /* it runs, and is not paused */
    bool anew;       /* it began since it led */
    ms_t unheard_at; /* it has taken the lease, and no answer came; NEVER: there is nothing such */
};

/* Whoever has not heard whether it leads does not wait for its own lease to run out. */
static void judge_unheard(struct judging *j, struct instance *me, ms_t t, bool db_is_fine)
{
    static const ms_t TAKEN_AGAIN = 6 * 1000;
    if (me->unheard_at == NEVER)
        return;
    if (!db_is_fine || me->fine_since == NEVER)
        me->unheard_at = NEVER;
    else if (t - later_of(me->unheard_at, me->fine_since) > TAKEN_AGAIN) {
        violation(j, "lease", "nobody leads at %s, and one that runs has taken it at %s",
                  when(j, t), when(j, me->unheard_at));
        me->unheard_at = NEVER;
    }
}

/* Whoever lowers has the lease, by its newest epoch; and when the leader is gone the other one
   leads soon. */
static void judge_lease(struct judging *j)
{
    static const ms_t TAKEN_OVER = 25 * 1000, HELD_AT_LEAST = 14 * 1000;
    struct instance of[2] = { { 0, NEVER, false, NEVER }, { 0, NEVER, false, NEVER } };
    long newest_epoch = 0;
    ms_t gone_at = j->lines[0].t, led_at = NEVER, db_fine = j->lines[0].t;
    int leader = 0; /* nobody yet, which is as if one of them were gone */
    for (size_t i = 0; i < j->count && j->lines[i].kind != 'J'; i++) {
        const struct line *l = &j->lines[i];
        struct instance *me = &of[l->who], *other = &of[!l->who];
        if (gone_at != NEVER && of[!leader].fine_since != NEVER && db_fine != NEVER) {
            ms_t since = later_of(later_of(gone_at, of[!leader].fine_since), db_fine);
            if (l->t - since > TAKEN_OVER) {
                violation(j, "lease", "nobody leads at %s, and the one that did is gone since %s",
                          when(j, l->t), when(j, gone_at));
                gone_at = NEVER;
            }
        }
        judge_unheard(j, &of[0], l->t, db_fine != NEVER);
        judge_unheard(j, &of[1], l->t, db_fine != NEVER);
        if (l->kind == 'k')
            me->unheard_at = l->t;
        if (l->kind == 'O')
            db_fine = same(l->f[0], "failing") ? NEVER : l->t;
        if (l->kind == 'U' && same(l->f[1], "off") &&
            (me->epoch < newest_epoch || me->epoch < other->epoch))
            violation(j, "lease", "lowered at %s by epoch %ld, and %ld leads", when(j, l->t),
                      me->epoch, newest_epoch);
        if (l->kind != 'B' || same(l->f[0], "records"))
            continue;
        bool paused = same(l->f[0], "paused");
        me->fine_since = same(l->f[0], "start") || same(l->f[0], "leads") ? l->t
                         : paused ? strtoll(l->f[1], NULL, 10)
                                  : NEVER;
        me->anew |= same(l->f[0], "start");
        if (same(l->f[0], "leads")) {
            of[0].unheard_at = of[1].unheard_at = NEVER;
            long epoch = strtol(l->f[1], NULL, 10);
            if (leader == !l->who && other->fine_since != NEVER && db_fine != NEVER &&
                l->t - later_of(other->fine_since, db_fine) > TAKEN_OVER)
                violation(j, "lease", "taken at %s from one that holds it", when(j, l->t));
            /* Nothing that a process has had before it began is its own. */
            if (led_at != NEVER && l->t - led_at < HELD_AT_LEAST && (leader != l->who || me->anew))
                violation(j, "lease", "taken at %s, and it had just been taken", when(j, l->t));
            led_at = l->t;
            if (epoch <= newest_epoch)
                violation(j, "lease", "epoch %ld was taken after %ld", epoch, newest_epoch);
            newest_epoch = me->epoch = epoch;
            leader = l->who;
            me->anew = false;
            gone_at = NEVER;
        } else if (l->who == leader && !paused && !same(l->f[0], "start")) {
            gone_at = l->t;
        }
    }
}

/* ---- two that know nothing of each other ---- */

/* What only one of them has done, seen or written down. */
static bool is_own(const struct line *l)
{
    return strchr("UGAalBJz", l->kind) || (l->kind == 'N' && strstr(l->f[1], "connected"));
}

/* As if the other one were a stranger with an account of ours. */
static void leave_out_the_other(struct judging *j)
{
    static const ms_t GONE_AFTER = 30 * 60 * 1000;
    size_t kept = 0;
    j->twin_from = NEVER;
    for (size_t i = 0; i < j->count; i++) {
        struct line *l = &j->lines[i];
        if (l->who != j->who && l->kind == 'B') {
            j->twin_from = j->twin_from == NEVER ? l->t : j->twin_from;
            j->twin_until = l->t + GONE_AFTER;
        }
        if (l->who == j->who || !is_own(l))
            j->lines[kept++] = *l;
    }
    j->count = kept;
}

/* One of the two, as far as each of them can be judged by what passes between it and others. */
struct seen_of {
    ms_t up_since[CHATS], said, told; /* NEVER: not */
    ms_t fine_since;                  /* it runs, and nothing has befallen it */
    const char *own;                  /* the store that its messages name */
};

static const char *store_named(const struct line *l)
{
    const char *p = strstr(l->f[3], "\\nwitness=");
    return p && !strstr(l->f[3], "kind=direct") ? p : NULL;
}

static void follow_one(struct seen_of *s, const struct line *l)
{
    if (l->kind == 'B' && !same(l->f[0], "records")) {
        for (int c = 0; c < CHATS; c++)
            s->up_since[c] = same(l->f[0], "paused") ? s->up_since[c] : NEVER;
        s->fine_since = same(l->f[0], "start")    ? l->t
                        : same(l->f[0], "paused") ? strtoll(l->f[1], NULL, 10)
                                                  : NEVER;
    }
    if (l->kind == 'N' && same(l->f[1], "connected"))
        s->up_since[chat_of(l->f[0])] = l->t;
    if (l->kind == 'N' && same(l->f[1], "disconnected"))
        s->up_since[chat_of(l->f[0])] = NEVER;
    if (l->kind == 'M' &&
        (strstr(l->f[3], "Two reguards run here") || strstr(l->f[3], "My records are in doubt")))
        s->told = l->t;
    else if (l->kind == 'M' && strstr(l->f[3], "counts as gone"))
        s->told = NEVER;
}

/* It has been there, unhindered, in a chat that was there as well, for so long. */
static bool was_there(const struct judging *j, const struct seen_of *s, int c, ms_t t, ms_t ms)
{
    return s->fine_since != NEVER && s->up_since[c] != NEVER && j->chat_since[c] != NEVER &&
           t - s->fine_since > ms && t - s->up_since[c] > ms && t - j->chat_since[c] > ms;
}

/* The chat itself, whoever is connected to it. */
static void follow_chats(struct judging *j, const struct line *l)
{
    struct line here = *l;
    if (l->kind != 'K' && l->kind != 'N')
        return;
    if (!same(l->f[0], "stax") && !strstr(l->f[1], "connected"))
        availability(j, &here);
    for (int c = 0; c < CHATS; c++) {
        bool fine = !j->chat_down[c] && !j->chat_storm[c] && !j->closed[c];
        j->chat_since[c] = !fine ? NEVER : j->chat_since[c] == NEVER ? l->t : j->chat_since[c];
    }
}

/* Two that run side by side for a while find each other by what both say, and say so; and the later
   one lowers nothing from then on. */
static void judge_twins(struct judging *j)
{
    static const ms_t SETTLED = 15 * 60 * 1000;
    struct seen_of seen[2] = { { { NEVER, NEVER }, NEVER, NEVER, NEVER, NULL },
                               { { NEVER, NEVER }, NEVER, NEVER, NEVER, NULL } };
    ms_t notice = 2 * j->poll_idle + SETTLED, spoken[CHATS] = { NEVER, NEVER };
    bool missed[2] = { false, false };
    for (int c = 0; c < CHATS; c++)
        j->chat_since[c] = j->lines[0].t;
    for (size_t i = 0; i < j->count && j->lines[i].kind != 'J'; i++) {
        const struct line *l = &j->lines[i];
        follow_one(&seen[l->who], l);
        follow_chats(j, l);
        if (l->kind == 'M' && strstr(l->f[3], "counts as gone"))
            for (int c = 0; c < CHATS; c++)
                if (was_there(j, &seen[0], c, l->t, notice) &&
                    was_there(j, &seen[1], c, l->t, notice))
                    violation(j, "twin", "called gone at %s, and it is there", when(j, l->t));
        for (int c = 0; c < CHATS; c++) {
            bool both = was_there(j, &seen[0], c, l->t, SETTLED) &&
                        was_there(j, &seen[1], c, l->t, SETTLED);
            if (!both)
                spoken[c] = NEVER;
            else if (l->kind == 'M' && chat_of(l->f[0]) == c && store_named(l) &&
                     spoken[c] == NEVER)
                spoken[c] = l->t;
            for (int w = 0; w < 2; w++)
                if (spoken[c] != NEVER && l->t - spoken[c] > notice && seen[w].told == NEVER &&
                    !missed[w]) {
                    missed[w] = true;
                    violation(
                        j, "twin",
                        "both have been in the chat, one has spoken at %s, and the %s has not "
                        "said that there are two",
                        when(j, spoken[c]), w ? "second" : "first");
                }
            if (l->kind == 'U' && l->who == 1 && same(l->f[1], "off") && spoken[c] != NEVER &&
                l->t - spoken[c] > notice)
                violation(j, "twin", "lowered at %s by the second of two", when(j, l->t));
        }
    }
}

static void judge_safety(struct judging *j)
{
    judge_chain(j);
    j->is_on = true;
    judge_changes(j);
    judge_repeats(j);
    judge_acknowledged(j);
    judge_store(j);
    for (size_t i = 0; i < j->record_count; i++) {
        const char *kind = j->records[i].kind;
        judge_carried_out(j, i);
        if (same(kind, "approved") || same(kind, "extension_approved"))
            judge_approval(j, &j->records[i]);
        else if (same(kind, "restored") && !j->clock_is_set)
            judge_closing(j, &j->records[i]);
    }
}

/* What has to come about in time, and how everything stands in the end. */
static void judge_recovery(struct judging *j)
{
    note_windows(j);
    if (!j->clock_is_set)
        duties_of_windows(j);
    note_lives(j);
    go_through(j);
    judge_alarms(j);
    if (!j->clock_is_set)
        judge_answers(j);
    judge_end(j);
}

static size_t line_where(const struct judging *j, char kind, const char *what, int who)
{
    size_t at = 0;
    while (at < j->count &&
           !(j->lines[at].kind == kind && same(j->lines[at].f[0], what) && j->lines[at].who >= who))
        at++;
    return at;
}

static bool is_shared(const struct judging *j)
{
    return line_where(j, 'C', "shared", 0) < j->count;
}

/* From outside they are to look like one: whatever is asked of one is asked of both together. */
static void as_one(struct judging *j)
{
    for (size_t i = 0; i < j->count; i++)
        if (j->lines[i].kind != 'B')
            j->lines[i].who = 0;
}

static void let_go(struct judging *j, char *copy)
{
    free(j->lines);
    free(j->alarms);
    free(j->lives);
    free(j->openings);
    free(j->silences);
    free(j->records);
    free(j->duties);
    free(copy);
}

/* Whatever is said of one alone is said of each of the two, of the second its safety only: it is
   ended in the middle of what it does. */
static void judge_one(const char *evidence, int who, struct judge_verdict *v)
{
    struct judging j = { .v = v, .who = who, .twin_from = NEVER };
    char *copy = split(&j, evidence);
    size_t replaced = line_where(&j, 'O', "replaced", 0);
    bool two = line_where(&j, 'B', "start", 1) < j.count && !is_shared(&j);
    if (two)
        leave_out_the_other(&j);
    if (j.count)
        read_all(&j);
    if (j.shared) {
        judge_lease(&j);
        j.leader = -1;
        as_one(&j);
    }
    if (replaced < j.count) {
        judge_replaced(&j, replaced);
    } else if (j.count) {
        if (j.unreadable)
            violation(&j, "records", "the records cannot be read: %s", j.unreadable);
        if (!who) {
            judge_recovery(&j);
            judge_posts(&j);
        }
        judge_safety(&j);
    }
    let_go(&j, copy);
    if (two && !who)
        judge_one(evidence, 1, v);
}

void judge(const char *evidence, struct judge_verdict *v)
{
    struct judging j = { .v = v };
    judge_one(evidence, 0, v);
    char *copy = split(&j, evidence);
    if (line_where(&j, 'B', "start", 1) < j.count && !is_shared(&j)) {
        read_all(&j);
        judge_twins(&j);
    }
    let_go(&j, copy);
}
