/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs, in the order in which help shows them. A new one is its file, its declaration in
   parts.h and a row here. */
#include "commands/parts.h"

const struct command *const command_table[] = {
    &command_put_back,   &command_adopt,   &command_done,    &command_approve, &command_decline,
    &command_withdraw,   &command_confirm, &command_code,    &command_cleaned, &command_extend,
    &command_snooze,     &command_lift,    &command_run,     &command_status,  &command_tasks,
    &command_guide,      &command_whoami,  &command_why,     &command_history, &command_show,
    &command_root_users, &command_help,    &command_cockpit,
};
const size_t command_table_count = COUNT(command_table);
