/* SPDX-License-Identifier: Apache-2.0 */
/* Files: an address is asked for, bytes are posted there, and what is there is shared
   (docs.slack.dev, files.getUploadURLExternal and files.completeUploadExternal). */
#ifndef SANDBOX_SLACK_FILES_H
#define SANDBOX_SLACK_FILES_H

#include "tests/sandbox/slack/state.h"

void slackd_files_done(struct slackd *);
json_t *slackd_files_address(struct slackd_call *);
json_t *slackd_files_complete(struct slackd_call *);
/* POST /upload/v1/…; false: it is none. */
bool slackd_upload(struct slackd *, const struct web_request *, struct web_reply *);

#endif
