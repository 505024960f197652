/* SPDX-License-Identifier: Apache-2.0 */
#include "host/memory.h"
#include "core/xalloc.h"

#include <jansson.h>
#include <link.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Code segments only: they are never written to, so that dropping a page loses nothing (madvise(2),
   MADV_DONTNEED). */
static int drop_code(struct dl_phdr_info *info, size_t bytes, void *arg)
{
    (void)bytes, (void)arg;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || segment->p_flags != (PF_R | PF_X))
            continue;
        uintptr_t from = (info->dlpi_addr + segment->p_vaddr) & ~(page - 1),
                  to = info->dlpi_addr + segment->p_vaddr + segment->p_memsz;
        if (segment->p_memsz > 16 * page) /* the vdso and other small ones are not worth a call */
            (void)madvise((void *)from, to - from,
                          MADV_DONTNEED); /* NOLINT(performance-no-int-to-ptr) */
    }
    return 0;
}

static void *crypto_malloc(size_t bytes, const char *file, int line)
{
    (void)file, (void)line;
    return xmalloc(bytes);
}

static void crypto_free(void *memory, const char *file, int line)
{
    (void)file, (void)line;
    free(memory);
}

/* No bytes: as CRYPTO_realloc has it of its own (openssl, crypto/mem.c). */
static void *crypto_realloc(void *old, size_t bytes, const char *file, int line)
{
    (void)file, (void)line;
    if (bytes)
        return xrealloc(old, bytes);
    free(old);
    return NULL;
}

/* What OpenSSL sets up once, and could not for want of memory, is missing for as long as the
   process lives: it would go on without any connection. */
void memory_begin(void)
{
    json_set_alloc_funcs(xmalloc, free);
    CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free);
}

void memory_settle(void)
{
    malloc_trim(0);
    dl_iterate_phdr(drop_code, NULL);
}
