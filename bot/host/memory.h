/* SPDX-License-Identifier: Apache-2.0 */
/* The process's memory as a whole. */
#ifndef REGUARD_MEMORY_H
#define REGUARD_MEMORY_H

/* Libraries that are asked for parts of what reguard says and keeps end the process, too, when
   there is no memory (core/xalloc.h): here jansson and OpenSSL; SQLite, libcurl and libwebsockets
   in their rooms. Before anything else: OpenSSL takes no other memory once it has some. */
void memory_begin(void);
/* Gives back what only the start needed: free heap, and the pages of program and library code that
   are not in use now (they come back from the page cache when they are called again). */
void memory_settle(void);

#endif
