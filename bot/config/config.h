/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file (INI through libinih): every key is a row of a table with its bounds; all
   errors are reported at once. */
#ifndef REGUARD_CONFIG_H
#define REGUARD_CONFIG_H

#include "config/settings.h"
#include "core/buf.h"

/* Reads and checks the file. False: errors holds one line for each problem, "FILE:LINE: [section]
   key: …". Paths in *_file come out absolute, of a file that is there when there is one; whether it
   can be used is not looked at (config_files.h). ret is large; it is written also on failure.
   kinds: the adapters that have a section, at most CONFIG_KINDS and a NULL; lent for as long as
   ret is in use. */
bool config_read(const char *file, const struct adapter_kind *const *kinds, struct config *ret,
                 struct buf *errors);
/* The same, but only what a restore cannot do without makes it false: the file itself, the
   provider's address, its secrets' files and the organisation. What else is wrong has its
   fallback. */
bool config_read_for_restore(const char *file, const struct adapter_kind *const *kinds,
                             struct config *ret, struct buf *errors);

/* As config_read, for a process that hears nobody: the secrets for that may be left out. */
bool config_read_without_ears(const char *file, const struct adapter_kind *const *kinds,
                              struct config *ret, struct buf *errors);

/* A chat by its name, NULL for none. */
const struct adapter_kind *config_chat(const struct config *, const char *name);
/* One that is there and has that role; SIZE_MAX for none. */
size_t config_kind_there(const struct config *, enum adapter_role);
bool config_serves(const struct config *, const char *chat);

#endif
