/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that the sandbox runs. */
#ifndef SANDBOX_PAGE_CHILD_H
#define SANDBOX_PAGE_CHILD_H

#include <sys/types.h>

enum { PAGE_ARGUMENTS = 8 };
/* Standard output and error of the child come out of *ret_fd, which never blocks; the child is
   asked to end when the sandbox ends. -1, with a line on stderr, when it cannot be started. */
pid_t page_child_start(const char *const arguments[PAGE_ARGUMENTS], int *ret_fd);

#endif
