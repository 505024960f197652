/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the page. */
#ifndef SANDBOX_PAGE_FILES_H
#define SANDBOX_PAGE_FILES_H

struct page_file {
    const char *path, *type;
    const unsigned char *from, *to;
};
/* NULL when there is no such file. */
const struct page_file *page_file_at(const char *path);

#endif
