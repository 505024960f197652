#include "adapters/stax/kind.h"

const struct venue stax_venue = { .name = "stax", .title = "Stax", .place = "the Stax console" };
