/* The configuration file (INI through libinih): every key is a row of a table with its bounds; all
   errors are reported at once. */
#ifndef REGUARD_CONFIG_H
#define REGUARD_CONFIG_H

#include "config/settings.h"
#include "core/buf.h"

/* Reads and checks the file. False: errors holds one line for each problem, "FILE:LINE: [section]
   key: …". Paths in *_file come out absolute, of a file that is there when there is one; whether it
   can be used is not looked at (config_files.h). ret is large; it is written also on failure. */
bool config_read(const char *file, struct config *ret, struct buf *errors);
/* The same, but only what a restore cannot do without makes it false: the file itself, Stax's
   address, the two keys' files and the organisation. What else is wrong has its fallback. */
bool config_read_for_restore(const char *file, struct config *ret, struct buf *errors);

#endif
