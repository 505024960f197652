/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns what is made. An operator's command may run as root beside the daemon's own user: what
   it makes in the daemon's folder has to belong to the daemon, or the next start fails. */
#ifndef REGUARD_OWNER_H
#define REGUARD_OWNER_H

/* For root only: the file belongs to the owner of the other one, a folder or the file that it
   replaces. For anybody else nothing changes. Best effort. */
void owner_follow(int fd, const char *path_of_other);

#endif
