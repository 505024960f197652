/* SPDX-License-Identifier: Apache-2.0 */
/* The files that the configuration names: secrets and trust anchors. Where they are, and whether
   they can be used. */
#ifndef REGUARD_CONFIG_FILES_H
#define REGUARD_CONFIG_FILES_H

#include "config/settings.h"
#include "core/buf.h"
#include "core/err.h"
#include "host/secret.h"

/* Whole path of a file: as given when that is absolute, else the first place where it is of
   $CREDENTIALS_DIRECTORY (also as "secrets_NAME": systemd.exec(5) names the files of a folder that
   is loaded as "secrets" so), the folder of the configuration, and secrets/ in it. Where it is in
   none: the first of them. False when the path is too long. */
bool config_files_place(const char *config_file, const char *given, char *to, size_t bytes);

/* What looks like a token in a text about the configuration, where one was put in the wrong place,
   becomes "(a secret)". */
void config_hide_secrets(struct buf *text);

/* Every file of a section that is there can be used: secrets as secret_read wants them, and trust
   anchors hold a certificate. False: errors has a line for each that cannot, with every place that
   was tried. only: one section's name, NULL for all. */
bool config_files_check(const struct config *, const char *only, struct buf *errors);

/* The secret whose path, a value of the configuration, that is. The error names every place that
   was tried. */
struct secret *config_files_secret(const struct config *, const char *path, struct err *);

#endif
