/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/kinds.h"
#include "adapters/alarm/kind.h"
#include "adapters/aws/kind.h"
#include "adapters/mail/kind.h"
#include "adapters/matrix/kind.h"
#include "adapters/slack/kind.h"
#include "adapters/stax/kind.h"

const struct adapter_kind *const adapter_kinds[] = {
    &slack_kind, &matrix_kind, &stax_kind, &aws_kind, &mail_kind, &alarm_kind, NULL,
};
