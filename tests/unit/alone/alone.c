/* SPDX-License-Identifier: Apache-2.0 */
/* Linked into every unit test program: TEST=name runs the tests of that name alone, * and ? stand
   for any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>

__attribute__((constructor)) static void choose(void)
{
    const char *only = getenv("TEST");
    if (only)
        cmocka_set_test_filter(only);
}
