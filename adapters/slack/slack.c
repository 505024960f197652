/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/slack/slack.h"
#include "core/xalloc.h"
#include "adapters/slack/codec_out.h"
#include "adapters/slack/internal.h"
#include "host/json.h"

#include <stdlib.h>
#include <string.h>

static bool start(struct adapter *adapter, struct err *err)
{
    (void)err;
    slack_socket_start((struct slack *)adapter);
    slack_serving_start((struct slack *)adapter);
    return true;
}

static bool perform(struct adapter *adapter, const struct effect *effect, struct err *err)
{
    struct slack *s = (struct slack *)adapter;
    switch (effect->kind) {
    case EFFECT_DELIVER: return slack_deliver(s, effect, err);
    case EFFECT_IDENTIFY: return slack_identify(s, effect, err);
    case EFFECT_ANSWER:
        slack_answer(s, effect);
        slack_send_file(s, &effect->answer);
        return true;
    case EFFECT_HOME: slack_home(s, effect); return true;
    case EFFECT_FORM: slack_form(s, effect); return true;
    case EFFECT_CATCH_UP: slack_catch_up(s, effect); return true;
    case EFFECT_LOOK_BACK: slack_look_back(s, effect); return true;
    case EFFECT_LEAVE_WORD: slack_leave_word(s, effect); return true;
    case EFFECT_TAKE_WORD: slack_take_word(s, effect); return true;
    case EFFECT_READ_WORDS: slack_read_words(s, effect); return true;
    case EFFECT_SURVEY:
    case EFFECT_CHANGE:
    case EFFECT_SAY:
    case EFFECT_MAIL:
    case EFFECT_RUN:
    case EFFECT_ERRAND:
    case EFFECT_ROOT_LOOK:
    case EFFECT_ROOT_USERS:
    case EFFECT_RECALL:
    case EFFECT_REPLY:
    case EFFECT_OFFER:
    case EFFECT_KIND_COUNT: break;
    }
    return err_set(err, "Slack cannot do “%s”", effect_names[effect->kind]);
}

static void acknowledge(struct adapter *adapter, const struct event *event)
{
    if (event->kind == EVENT_MARK)
        slack_marked((struct slack *)adapter);
    else
        slack_acknowledge((struct slack *)adapter, event->receipt,
                          event->kind == EVENT_TYPED
                              ? slack_choices_json(event->choices, event->choice_count)
                          : event->reply ? slack_reply_json(event->reply)
                                         : NULL);
}

static bool render(const struct adapter *adapter, const struct message *message, struct buf *out,
                   struct err *err)
{
    return json_put(slack_message_json(message, ((const struct slack *)adapter)->people), out, err);
}

static void renew(struct adapter *adapter, struct adapter_credentials *c)
{
    struct slack *s = (struct slack *)adapter;
    STR_SET(s->ca_file, c->ca_file);
    c->is_new[0] = secret_replace(&s->app_token, c->secrets[0]);
    c->is_new[1] = secret_replace(&s->bot_token, c->secrets[1]);
    s->bot_tokens += c->is_new[1];
    if (c->is_new[0] || c->new_anchor)
        slack_connect_anew(s);
    if (c->is_new[1] || c->new_anchor)
        slack_identify_anew(s);
}

static void stop(struct adapter *adapter)
{
    struct slack *s = (struct slack *)adapter;
    slack_step(s, SLACK_STOP);
    slack_api_stop(s); /* tells everybody who waits; nobody begins anything new any more */
    slack_serving_stop(s);
    slack_socket_stop(s);
    slack_deliver_stop(s);
    slack_files_stop(s);
    slack_answer_stop(s);
    slack_home_stop(s);
    slack_catch_up_stop(s);
    secret_free(s->app_token);
    secret_free(s->bot_token);
    free(s);
}

void slack_use_rules(struct adapter *adapter, const struct people *people,
                     const struct policy *policy)
{
    ((struct slack *)adapter)->people = people;
    ((struct slack *)adapter)->policy = policy;
}

struct adapter *slack_new(struct loop *loop, struct http *http, struct inbox *inbox,
                          const struct slack_options *o)
{
    static const struct adapter_ops ops = {
        "slack", ADAPTER_CHAT, start, perform,         acknowledge,
        render,  renew,        stop,  .forgets = true, .may_double = true
    };
    struct slack *s = xcalloc(1, sizeof *s);
    s->adapter.ops = &ops;
    s->loop = loop;
    s->http = http;
    s->inbox = inbox;
    s->app_token = o->app_token;
    s->bot_token = o->bot_token;
    s->people = o->people;
    s->policy = o->policy;
    s->deaf = o->deaf;
    /* users.info: 100 and more a minute for each app and workspace (docs.slack.dev, Tier 4). What
       raises protection has its half whatever others ask. */
    for (int i = 0; i < URGENCIES; i++)
        s->identify_pace[i] = (struct pace){ .every_ms = 1500, .burst = 10 };
    slack_answer_init(s);
    /* conversations.history: fifty a minute (Tier 3). */
    s->look_pace = (struct pace){ .every_ms = 1200, .burst = 40 };
    STR_SET(s->ca_file, o->ca_file);
    STR_SET(s->codec.team, o->team);
    STR_SET(s->codec.channel, o->channel);
    slack_catch_up_init(s, o->cursor);
    STR_SET(s->codec.command, o->command);
    STR_SET(s->codec.api_url, o->api_url);
    return &s->adapter;
}
