/* SPDX-License-Identifier: Apache-2.0 */
/* Which release this is. */
#ifndef REGUARD_VERSION_H
#define REGUARD_VERSION_H

#define REGUARD_VERSION "0.1.0"

#endif
