/* SPDX-License-Identifier: Apache-2.0 */
#include "store/deskjson.h"
#include "core/buf.h"
#include "core/version.h"
#include "host/json.h"
#include "host/secret.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

/* Digest of the sources that turn records into the desk (Makefile): the same records may come to
   another desk in another build. */
#ifndef REGUARD_FOLD
#define REGUARD_FOLD "unknown"
#endif

/* ---- what there is ---- */

#define SIZE_OF(member) sizeof(((OF *)0)->member)
#define ROW(member, kind_, one, most_, counted, part_)                                    \
    {                                                                                     \
        .name = #member, .kind = (kind_), .offset = offsetof(OF, member), .bytes = (one), \
        .most = (most_), .counted_at = (counted), .part = (part_)                         \
    }
#define N(member) ROW(member, DESKJSON_NUMBER, SIZE_OF(member), 1, DESKJSON_NOT_COUNTED, NULL),
#define T(member) ROW(member, DESKJSON_TEXT, SIZE_OF(member), 1, DESKJSON_NOT_COUNTED, NULL),
#define P(member, shape) \
    ROW(member, DESKJSON_PART, SIZE_OF(member), 1, DESKJSON_NOT_COUNTED, &(shape)),
#define ONE(member) sizeof(*((OF *)0)->member)
#define MOST(member) (SIZE_OF(member) / ONE(member))
#define TEXTS(member, count) \
    ROW(member, DESKJSON_TEXT, ONE(member), MOST(member), offsetof(OF, count), NULL),
#define PARTS(member, count, shape) \
    ROW(member, DESKJSON_PART, ONE(member), MOST(member), offsetof(OF, count), &(shape)),
#define FILLED(member, shape) \
    ROW(member, DESKJSON_PART, ONE(member), MOST(member), DESKJSON_NOT_COUNTED, &(shape)),
#define NOT(member) ROW(member, DESKJSON_LEFT_OUT, SIZE_OF(member), 1, DESKJSON_NOT_COUNTED, NULL),
#define LENT(member) ROW(member, DESKJSON_LEFT_OUT, sizeof(void *), 1, DESKJSON_NOT_COUNTED, NULL),
#define SHAPE(what, type)                                                                   \
    static const struct deskjson_shape what = { #what, sizeof(struct type), what##_members, \
                                                COUNT(what##_members) }

/* clang-format off */
#define OF struct party
static const struct deskjson_member party_members[] = {
    T(user) T(key) T(name) T(chat) T(chat_id) N(way) N(recovers)
    N(since_ms)
};
SHAPE(party, party);
#undef OF

#define OF struct roll
static const struct deskjson_member roll_members[] = {
    N(first_id) N(sent_ms) N(missing) N(complete) N(again_ms) N(trouble_told)
};
SHAPE(roll, roll);
#undef OF

#define OF struct question
static const struct deskjson_member question_members[] = {
    N(kind) N(pending) T(handle) P(by, party) N(window_ms) N(asked_ms) N(until_ms)
    T(reason)
    PARTS(approvals, approval_count, party) N(approval_count) N(reminders) N(shaken) P(roll, roll)
};
SHAPE(question, question);
#undef OF

#define OF struct root_has
static const struct deskjson_member root_has_members[] = {
    N(known) N(password) N(keys) N(certificates) N(usable) N(mfa_devices) N(made_ms)
    N(at_ms)
};
SHAPE(root_has, root_has);
#undef OF

#define OF struct more_time
static const struct deskjson_member more_time_members[] = {
    N(asked_ms) N(answered_ms) N(until_ms) T(by) T(answered_by) N(others)
};
SHAPE(more_time, more_time);
#undef OF

#define OF struct casefile
static const struct deskjson_member casefile_members[] = {
    N(no) N(state) T(handle) P(requester, party) PARTS(approvals, approval_count, party)
    N(approval_count) P(question, question) T(account) T(account_ref) T(account_name) T(email)
    T(reason) T(ticket) T(task) N(anyway) T(may_approve) T(warning) N(member_count) N(window_ms)
    N(asked_ms) N(lifting_ms) N(lifted_ms) N(deadline_ms) N(ended_ms) N(closed_ms) N(until_ms)
    N(vigil_ms)
    N(found_ms)
    T(found_by) N(late_ms) N(left) N(left_ms) N(left_proved) N(mailbox_proved) N(mailbox_coded)
    N(mailbox_ms) PARTS(more, more_count, more_time) N(more_count) N(more_dropped) T(code_digest)
    N(code_tries) N(codes_sent) N(code_mail_id) N(code_under_way) N(change_begun) N(change_left)
    N(failing) N(overdue_reminders) N(reminded_directly) N(snoozed_after) N(rerouted_ms)
    N(reminded_ms) N(snoozed_until_ms) N(trouble_ms) T(trouble) N(warned) N(cleaned) T(end_reason)
    P(ended_by, party) T(lift_task) T(restore_task) T(target) N(recovery) T(digest) T(policy)
    N(policy_bytes) N(begun_ms) NOT(errand_id) NOT(errand_next_ms) NOT(errand_does)
    N(root_uses) N(root_refused) N(root_summed) P(root_before, root_has) P(root_after, root_has)
    N(root_before_ms) N(root_after_ms) T(root_why) N(clean_reminders) N(cleaned_ms)
    N(root_again_ms) NOT(root_look_id) NOT(root_asked_ms) NOT(root_first_ms) NOT(root_next_ms)
};
SHAPE(casefile, casefile);
#undef OF

#define OF struct guardrail
static const struct deskjson_member guardrail_members[] = {
    N(seen) T(why_unknown) N(flag_off) N(status) T(flags) N(read_ms) N(known_ms) N(modified_ms)
    N(seen_from_ms) N(touched_ms) N(reads) N(agreeing) N(agreeing_since_ms) N(fresh_since_ms)
    N(proved) N(proved_ms) N(survey_id) N(survey_sent_ms) N(roster_asked_ms) N(unclear) N(known)
    N(unknown_told) N(unknown_since_ms) N(phase) N(change_on) N(change_ms) N(change_id)
    N(change_sent_ms) N(change_case) N(modified_before_ms) T(task_id) T(last_task_id)
    N(task_status) N(attempts) N(retry_ms) N(busy_told) N(refused_status) T(refused_why) T(before)
    T(restore_order) T(outside_by)
};
SHAPE(guardrail, guardrail);
#undef OF

#define OF struct review
static const struct deskjson_member review_members[] = {
    N(due) N(chained) N(case_no) N(since_ms) TEXTS(tasks, task_count) N(task_count) N(unnamed)
    T(base) T(meanwhile) N(survey_id) N(sent_ms) N(again_ms) N(tries)
};
SHAPE(review, review);
#undef OF

#define OF struct doubt
static const struct deskjson_member doubt_members[] = {
    N(stands) T(why) N(since_ms) N(told) T(store) T(strangers) T(accepted) N(accepted_ms)
};
SHAPE(doubt, doubt);
#undef OF

#define OF struct loss
static const struct deskjson_member loss_members[] = { N(stands) T(why) N(since_ms) N(told) };
SHAPE(loss, loss);
#undef OF

#define OF struct twin
static const struct deskjson_member twin_members[] = {
    T(store) T(chat) N(born_ms) N(said_ms) N(again_ms) N(seen_ms) N(heard_ms) N(until_ms)
    N(window_no) N(closed_ms) N(last_case) N(watched) N(stands) N(earlier)
};
SHAPE(twin, twin);
#undef OF

#define OF struct twins
static const struct deskjson_member twins_members[] = {
    PARTS(all, count, twin) N(count) N(sign_ms) N(sign_n)
};
SHAPE(twins, twins);
#undef OF

#define OF struct route
static const struct deskjson_member route_members[] = {
    N(alone_ms) N(since_ms) N(told_ms) N(told)
};
SHAPE(route, route);
#undef OF

#define OF struct root_alarm
static const struct deskjson_member root_alarm_members[] = { T(account) N(told_ms)
                                                               N(denied) };
SHAPE(root_alarm, root_alarm);
#undef OF

#define OF struct root_window
static const struct deskjson_member root_window_members[] = {
    T(account) N(no) N(from_ms) N(until_ms)
};
SHAPE(root_window, root_window);
#undef OF

#define OF struct rootuse
static const struct deskjson_member rootuse_members[] = {
    NOT(watched) NOT(seen_ms) NOT(awaited_ms) N(blind) N(blind_ms) T(why)
    PARTS(alarms, alarm_count, root_alarm) N(alarm_count)
    PARTS(windows, window_count, root_window) N(window_count)
    NOT(unread) N(unread_told_ms) NOT(unread_why)
};
SHAPE(rootuse, rootuse);
#undef OF

#define OF struct rootusers
static const struct deskjson_member rootusers_members[] = {
    P(by, party) N(asked_ms) N(full) NOT(effect_id) NOT(done) NOT(of) NOT(told) NOT(told_ms)
};
SHAPE(rootusers, rootusers);
#undef OF

#define OF struct rules
static const struct deskjson_member rules_members[] = { T(refused) };
SHAPE(rules, rules);
#undef OF

#define OF struct audience
static const struct deskjson_member audience_members[] = {
    TEXTS(keys, count) N(count) N(more) N(digest) N(heard_ms)
};
SHAPE(audience, audience);
#undef OF

#define OF struct left_word
static const struct deskjson_member left_word_members[] = { T(chat) T(id) N(at_ms) N(told_ms) };
SHAPE(left_word, left_word);
#undef OF

#define OF struct deadman
static const struct deskjson_member deadman_members[] = { PARTS(words, count, left_word) N(count) };
SHAPE(deadman, deadman);
#undef OF

#define OF struct vain
static const struct deskjson_member vain_members[] = {
    T(key) T(chat) T(chat_id) T(verb) T(text) N(count) N(since_ms) N(recorded_ms) N(barred_ms)
};
SHAPE(vain, vain);
#undef OF

#define OF struct quota
static const struct deskjson_member quota_members[] = { T(key) N(since_ms) N(count) };
SHAPE(quota, quota);
#undef OF

#define OF struct desk
static const struct deskjson_member desk_members[] = {
    LENT(policy) LENT(people) NOT(venues) LENT(commands) NOT(command_count) LENT(mark_code)
    LENT(code_key) NOT(can_mail) NOT(can_run) NOT(steps) NOT(due_ms) N(last_case) NOT(last_ref)
    NOT(record) NOT(record_hash) NOT(born_ms) PARTS(cases, case_count, casefile) N(case_count)
    NOT(inquiries) NOT(looks) NOT(look_count) NOT(inquiry_count) P(guardrail, guardrail)
    P(review, review) P(doubt, doubt) P(audience, audience) P(loss, loss) P(twins, twins)
    P(deadman, deadman) P(route, route)
    P(rules, rules) P(rootuse, rootuse) P(rootusers, rootusers)
    NOT(chats) NOT(chat_count) NOT(talkers) NOT(people_talking)
    FILLED(in_vain, vain) FILLED(quotas, quota)
};
SHAPE(desk, desk);
#undef OF
/* clang-format on */

const struct deskjson_shape *const deskjson_shapes[] = {
    &party,       &roll,    &question,  &root_has, &more_time, &casefile,  &guardrail,
    &review,      &doubt,   &loss,      &twin,     &twins,     &route,     &root_alarm,
    &root_window, &rootuse, &rootusers, &rules,    &audience,  &left_word, &deadman,
    &vain,        &quota,   &desk,      NULL
};

void deskjson_form(char ret_form[DESKJSON_FORM_BYTES])
{
    CLEANUP(buf_done) struct buf b;
    char digest[65];
    buf_init(&b, 64 * 1024);
    for (size_t i = 0; deskjson_shapes[i]; i++)
        for (size_t k = 0; k < deskjson_shapes[i]->count; k++) {
            const struct deskjson_member *m = &deskjson_shapes[i]->members[k];
            buf_addf(&b, "%s.%s %d %zu %zu\n", deskjson_shapes[i]->name, m->name, (int)m->kind,
                     m->bytes, m->most);
        }
    secret_sha256_hex(buf_text(&b), b.bytes, digest);
    snprintf(ret_form, DESKJSON_FORM_BYTES, "%s %.16s %.16s", REGUARD_VERSION, REGUARD_FOLD,
             digest);
}

/* ---- writing ---- */

static int64_t number_at(const char *at, size_t bytes)
{
    int64_t wide;
    int32_t ordinary;
    if (bytes == 1)
        return *(const unsigned char *)at;
    if (bytes == sizeof ordinary) {
        memcpy(&ordinary, at, sizeof ordinary);
        return ordinary;
    }
    memcpy(&wide, at, sizeof wide);
    return wide;
}

static size_t count_of(const char *of, const struct deskjson_member *m)
{
    size_t count = m->most;
    if (m->counted_at != DESKJSON_NOT_COUNTED)
        memcpy(&count, of + m->counted_at, sizeof count);
    return count < m->most ? count : m->most;
}

static json_t *part_json(const char *of, const struct deskjson_shape *shape);

/* NULL only for a text that is no UTF-8. */
static json_t *one_json(const char *at, const struct deskjson_member *m)
{
    if (m->kind == DESKJSON_NUMBER)
        return json_integer(number_at(at, m->bytes));
    return m->kind == DESKJSON_TEXT ? json_string(at) : part_json(at, m->part);
}

static bool is_nothing(const json_t *value)
{
    return (json_is_integer(value) && json_integer_value(value) == 0) ||
           (json_is_string(value) && !json_string_value(value)[0]) ||
           (json_is_object(value) && json_object_size(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

/* What is not counted ends with the last that is something. */
static json_t *list_json(const char *of, const struct deskjson_member *m)
{
    json_t *list = json_array();
    size_t count = count_of(of, m), filled = 0;
    bool fine = true;
    for (size_t i = 0; fine && i < count; i++) {
        json_t *value = one_json(of + m->offset + i * m->bytes, m);
        fine = value != NULL;
        if (fine && (!is_nothing(value) || m->counted_at != DESKJSON_NOT_COUNTED))
            filled = i + 1;
        fine = fine && json_array_append_new(list, value) == 0;
    }
    while (fine && json_array_size(list) > filled)
        json_array_remove(list, json_array_size(list) - 1);
    if (fine)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *part_json(const char *of, const struct deskjson_shape *shape)
{
    json_t *part = json_object();
    for (size_t i = 0; part && i < shape->count; i++) {
        const struct deskjson_member *m = &shape->members[i];
        if (m->kind == DESKJSON_LEFT_OUT)
            continue;
        json_t *value = m->most > 1 ? list_json(of, m) : one_json(of + m->offset, m);
        if (value && is_nothing(value)) {
            json_decref(value);
        } else if (!value || json_object_set_new(part, m->name, value) != 0) {
            json_decref(part);
            part = NULL;
        }
    }
    return part;
}

const char *deskjson_write(const struct desk *d, struct arena *arena)
{
    JSON_AUTO *json = part_json((const char *)d, &desk);
    const char *text = json ? json_print(arena, json) : NULL;
    return text && strnlen(text, DESKJSON_BYTES + 1) <= DESKJSON_BYTES ? text : NULL;
}

/* ---- reading ---- */

/* What does not fit comes out as something else, and is found by writing it once more. */
static void put_number(char *at, size_t bytes, int64_t number)
{
    int32_t ordinary = (int32_t)number;
    unsigned char small = (unsigned char)(number != 0);
    if (bytes == 1)
        memcpy(at, &small, 1);
    else if (bytes == sizeof ordinary)
        memcpy(at, &ordinary, sizeof ordinary);
    else
        memcpy(at, &number, sizeof number);
}

static void put_part(char *of, const struct deskjson_shape *shape, const json_t *part);

static void put_one(char *at, const struct deskjson_member *m, const json_t *value)
{
    if (m->kind == DESKJSON_NUMBER)
        put_number(at, m->bytes, json_integer_value(value));
    else if (m->kind == DESKJSON_TEXT)
        str_copy(at, m->bytes, json_string_value(value));
    else
        put_part(at, m->part, value);
}

static void put_part(char *of, const struct deskjson_shape *shape, const json_t *part)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct deskjson_member *m = &shape->members[i];
        const json_t *value = m->kind == DESKJSON_LEFT_OUT ? NULL : json_object_get(part, m->name);
        if (value && m->most == 1)
            put_one(of + m->offset, m, value);
        for (size_t k = 0; value && m->most > 1 && k < json_array_size(value) && k < m->most; k++)
            put_one(of + m->offset + k * m->bytes, m, json_array_get(value, k));
    }
}

/* Lists are as long as their numbers say, also where something is made of the desk right away. */
static bool is_counted(const char *of, const struct deskjson_shape *shape)
{
    bool fine = true;
    for (size_t i = 0; i < shape->count; i++) {
        const struct deskjson_member *m = &shape->members[i];
        size_t count = 0;
        if (m->counted_at != DESKJSON_NOT_COUNTED)
            memcpy(&count, of + m->counted_at, sizeof count);
        fine = fine && count <= m->most;
        for (size_t k = 0; fine && m->part && k < count_of(of, m); k++)
            fine = is_counted(of + m->offset + k * m->bytes, m->part);
    }
    return fine;
}

bool deskjson_read(const char *text, struct arena *arena, struct desk *ret, struct err *err)
{
    JSON_AUTO *json = json_read_page(text, strlen(text), DESKJSON_BYTES, err);
    if (!json)
        return false;
    put_part((char *)ret, &desk, json);
    const char *again = is_counted((const char *)ret, &desk) ? deskjson_write(ret, arena) : NULL;
    return str_equal(again, text) || err_set(err, "it is not in its canonical form");
}
