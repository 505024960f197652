/* SPDX-License-Identifier: Apache-2.0 */
/* Files of ours that others may look at, or put another in the place of, at any time: whole or as
   they were, with nothing written through a link. */
#ifndef REGUARD_FILE_H
#define REGUARD_FILE_H

#include "core/err.h"

/* A new, empty file at that path, for its owner alone, who is the owner of `like` (owner.h), to be
   written to. What lay there goes. -1: errno says why. */
int file_new(const char *path, const char *like);
/* The path holds these bytes, on disk, or what it held before. Beside it, "PATH.new" is ours. */
bool file_replace(const char *path, const char *like, const char *bytes, size_t count,
                  struct err *);
/* The names in that folder are on disk, too. False: errno says why. */
bool file_sync_folder(const char *folder);
/* The same of the folder that the path lies in. */
bool file_sync_name(const char *path);

#endif
