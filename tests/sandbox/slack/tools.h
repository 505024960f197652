/* Small things that all of Slack's half uses. */
#ifndef SANDBOX_SLACK_TOOLS_H
#define SANDBOX_SLACK_TOOLS_H

#include "tests/sandbox/slack/state.h"

/* Random letters and digits, so many of them; to has room for count + 1. */
void slackd_random(char *to, size_t count);
void slackd_random_uuid(char to[SLACKD_ID]);
/* A message's time stamp, later than every earlier one: "1700000000.000100". */
void slackd_next_ts(struct slackd *, char to[32]);
/* Fields of "a=b&c=d" as a JSON object of strings; new reference. */
json_t *slackd_form(const char *text, size_t bytes);
/* Sets what is in change; null takes a field away, because an absent field is a case of its own. */
void slackd_merge(json_t *into, const json_t *change);
void slackd_refuse(struct web_reply *, int status, const char *sentence);
const char *slackd_text(const json_t *object, const char *key); /* "" when absent */
bool slackd_same(const char *a, const char *b);                 /* NULL is nothing's equal */
size_t slackd_characters(const char *utf8);
void slackd_keep_private(json_t *list, json_t *entry_new);
int64_t slackd_number(const json_t *object, const char *key, int64_t otherwise);

#endif
