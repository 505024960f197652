/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the chats only. */
#ifndef REGUARD_SIM_CHATS_H
#define REGUARD_SIM_CHATS_H

#include "tests/sim/sim.h"
#include "port/inbox.h"

/* Whether calls come through now, and whether this fault befalls one in a storm. */
bool chat_is_reachable(const struct chat_world *);
bool chat_storm_strikes(const struct chat_world *, enum dial, unsigned percent);

/* What somebody did, as the chat's service holds it. */
struct doing {
    struct chat_world *chat;
    enum event_kind kind;
    char id[24]; /* an instant and a number, like one of Slack's: part of every id made of it */
    char bot_id[128]; /* what the process calls the event, "" before it arrived */
    char person[40], message_id[24], action[16], handle[280], reaction[24];
    char redacts[24]; /* in Matrix: the reaction that is taken back */
    bool gone;        /* a vote that was taken back before it arrives */
    char text[160], account[24], duration[16], reason[80];
    ms_t at_ms;
    uint64_t place;     /* in the order of the chat */
    bool slash, direct; /* said as a command, to us alone: nothing of it is in the channel */
    bool panel, home;   /* pressed in what they alone are shown; on their own page */
    bool caught_up, acknowledged;
    int sent;
};

struct people;
/* Slack's shapes, through the adapter's own codec. */
void in_slack_render(const struct message *, const struct people *, struct buf *out);
bool in_slack_is_whole(const char *rendered); /* else it is damaged */
/* Fills in what the message shows. */
void in_slack_read(struct chat_message *);
/* The lines that somebody would see of it, for the evidence. */
void in_slack_show(const struct chat_message *, struct buf *lines);
/* The same of what one person alone is shown: the lines, and the buttons. */
struct effect;
void in_slack_show_panel(const struct effect *, const struct people *, struct shown_panel *,
                         struct buf *lines);
/* The event that the process makes of it; NULL when it makes none. Not put yet. */
struct event *in_slack_event(const struct doing *, struct inbox *);
unsigned in_slack_identity(const struct human *);

/* Matrix's, for the process that begins. Both are lent. */
struct policy;
void in_matrix_begin(const struct people *, const struct policy *);
/* As it waits in the outbox. */
void in_matrix_render(const struct message *, struct buf *out);
/* The store that its content names. False: it is damaged. */
bool in_matrix_store(const char *rendered, char *ret_store, size_t bytes);
/* Where it goes, "" each for not: what it replaces, the root of its thread, the card that it links,
   and whom it is for. */
struct matrix_place {
    const char *edits, *thread, *card, *person;
    bool root_is_related;
};
/* Sends it as the adapter does, to a homeserver that is strict: ends the program where one would
   refuse it. Lines as in_slack_show has them, of what the room's event shows; the last one, which
   nobody sees, is its content. */
void in_matrix_take(const char *rendered, const char *kind, const struct matrix_place *,
                    struct buf *out);
/* The room's event of words and reactions, to be freed. */
char *in_matrix_json(const struct doing *);
/* The same as the process hears it, where the room is not polled (stories of years). NULL when the
   codec makes no event of it. */
struct event *in_matrix_event(const struct doing *, struct inbox *);

#endif
