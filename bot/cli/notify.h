/* SPDX-License-Identifier: Apache-2.0 */
/* Telling the service manager (sd_notify(3)'s protocol: one datagram). */
#ifndef REGUARD_CLI_NOTIFY_H
#define REGUARD_CLI_NOTIFY_H

void notify(const char *state);
/* The configuration is being read again; "READY=1" ends it. The manager takes it only with the
   time. */
void notify_reloading(void);

#endif
