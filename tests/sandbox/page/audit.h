/* SPDX-License-Identifier: Apache-2.0 */
/* What `reguard audit` and `reguard status` say, asked again when the bot's store has changed. */
#ifndef SANDBOX_PAGE_AUDIT_H
#define SANDBOX_PAGE_AUDIT_H

#include <jansson.h>
#include <stdint.h>

void page_audit_begin(const char *program, const char *dir);
void page_audit_end(void);
void page_audit_tick(void);
/* {"records":[…],"total","verified","says","status"}: the records behind *seen_seq when the round
   is another than *seen_round. New reference, NULL: nothing new. */
json_t *page_audit_news(uint64_t *seen_round, int64_t *seen_seq);

#endif
