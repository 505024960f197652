/* SPDX-License-Identifier: Apache-2.0 */
/* The secrets that were handed out, a line each in DIR/issued, so that whoever runs a bot can look
   for them in all that it leaves behind. */
#ifndef SANDBOX_CONTROL_ISSUED_H
#define SANDBOX_CONTROL_ISSUED_H

/* From now on, in that folder; before, nothing is written down. */
void sandbox_issued_to(const char *dir);
/* Written at once; at most ISSUED_MOST of them. */
void sandbox_issued(const char *secret);

#endif
