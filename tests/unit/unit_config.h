/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest configuration that can be used, of one chat and one person. */
#ifndef REGUARD_TESTS_UNIT_CONFIG_H
#define REGUARD_TESTS_UNIT_CONFIG_H

#include "tests/unit/unit.h"

#include "cli/kinds.h"
#include "config/config.h"

#include <stdlib.h>
#include <unistd.h>

static inline void unit_read_config(struct config *config)
{
    CLEANUP(buf_done) struct buf errors;
    char path[] = "/tmp/reguard-config-XXXXXX";
    static const char text[] =
        "[bot]\nstate_dir = /\n[slack]\napp_token_file = a\nbot_token_file = "
        "b\nteam = T1\nchannel = C1\n[stax]\naccess_key_file = "
        "a\nsecret_key_file = b\norganisation = o\n[people]\n"
        "ada@example.com = slack:UADA1\n";
    buf_init(&errors, 4096);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    unit_write(path, text, sizeof text - 1);
    bool fine = config_read(path, adapter_kinds, config, &errors);
    unlink(path);
    if (!fine)
        fail_msg("%s", buf_text(&errors));
}

#endif
