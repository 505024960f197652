/* SPDX-License-Identifier: Apache-2.0 */
/* Socket Mode frames to events. Pure but for the inbox, where the event and its strings are made.
   Shapes: docs.slack.dev, "Using Socket Mode", "Events API", "Interactivity". */
#ifndef REGUARD_SLACK_CODEC_IN_H
#define REGUARD_SLACK_CODEC_IN_H

#include <jansson.h>
#include "port/inbox.h"

/* Of a view's private_metadata (docs.slack.dev, "Modal views"). */
enum { METADATA_BYTES = 3000 };

struct slack_codec {
    char team[64], channel[64], command[64], api_url[512];
    char bot_user[64], bot_id[64], app_id[64]; /* from auth.test, "" before */
    char enterprise[64]; /* likewise: the Enterprise Grid organisation of the team, "" for none */
    char web[256];       /* likewise: where the team's messages are found in a browser */
};

enum slack_frame_kind { SLACK_JUNK, SLACK_HELLO, SLACK_DISCONNECT, SLACK_ENVELOPE };
struct slack_frame {
    enum slack_frame_kind kind;
    char reason[64];     /* DISCONNECT */
    int64_t connections; /* HELLO: sockets that Slack has registered for the app */
    char envelope_id[64];
    struct event *event;  /* ENVELOPE; IGNORED when it means nothing to us. Not put yet. */
    bool cleaned;         /* it held what no JSON parser takes, which was replaced */
    bool poisoned;        /* ENVELOPE, IGNORED: the payload is none that can be read */
    bool channel_changed; /* the channel was shared, unshared, archived...: look at it again */
};

/* Never fails: what is no frame is SLACK_JUNK. event is filled in for ENVELOPE alone, and lives in
   the inbox. */
void slack_read_frame(const struct slack_codec *, const char *text, size_t bytes, struct inbox *,
                      struct slack_frame *ret);
/* What has to be kept of a message of conversations.history or .replies that mentions us, a new
   reference, and about how much memory it takes; NULL when it does not mention us or is our own. */
json_t *slack_pick(const struct slack_codec *, const json_t *message, size_t *ret_bytes);
/* What slack_pick has kept, as the event it would have been; NULL when it is none after all. */
struct event *slack_read_history(const struct slack_codec *, const json_t *picked, struct inbox *);
/* What users.info says of a person (docs.slack.dev, "User"), as enum identity_flag. A field that is
   absent counts against them. In an Enterprise Grid organisation team_id is the home workspace or
   absent, and enterprise_user.teams lists all workspaces that they are members of. */
unsigned slack_identity_flags(const struct slack_codec *, const json_t *user);
/* How far their clock is ahead of UTC now (tz_offset, in seconds); false: it does not tell. */
bool slack_zone(const json_t *user, ms_t *ret_ahead_ms);
/* "thumbsup" and "+1::skin-tone-3" are "+1". */
void slack_normalise_reaction(const char *reaction, char *to, size_t bytes);

/* What files.getUploadURLExternal has answered. NULL, and the strings are filled in, or why the
   file is not sent there: only to Slack's own host or one below it, by TLS. The answer is lent;
   static. */
const char *slack_read_upload(const json_t *answer, const char *api_url, const char **ret_url,
                              const char **ret_file_id);
enum { SLACK_FILE_ID_BYTES = 64 };

#endif
