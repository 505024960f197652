/* SPDX-License-Identifier: Apache-2.0 */
/* `root-users`: the printing of its rows (core/rootwalk.h), and the file in which the answers are
   kept while more are asked for. */
#ifndef REGUARD_CLI_ROOTS_H
#define REGUARD_CLI_ROOTS_H

#include "core/err.h"
#include "core/rootwalk.h"

enum root_form { ROOT_TABLE, ROOT_CSV, ROOT_JSON };

/* To standard output, in the order of the list; the table has those alone which can be used, and
   those that were not asked. False: not all of it arrived. */
bool roots_print(const struct root_rows *, enum root_form);

struct root_file;
/* Opens it, or makes it for its owner alone, and takes what is in it of the last day into the rows
   of the same accounts. NULL: it is none of ours, somebody else's or in use. */
struct root_file *root_file_open(const char *path, struct root_rows *, struct err *);
/* One more row at its end. False: it cannot be written, and err says why. */
bool root_file_add(struct root_file *, const struct root_row *, struct err *);
void root_file_close(struct root_file *); /* accepts NULL */

#endif
