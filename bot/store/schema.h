/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, as SQL of SQLite: what the file is made of, and what shared records are a likeness
   of. Inside the store only. */
#ifndef REGUARD_SCHEMA_H
#define REGUARD_SCHEMA_H

#include "store/store_place.h"

extern const char store_schema[];

#endif
