/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that a test has armed, behind the control call of that name. */
#ifndef SANDBOX_CONTROL_FAULTS_H
#define SANDBOX_CONTROL_FAULTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Faults are kept in one place. A service names the operation it is about to answer,
   for example "slack.chat.postMessage", "stax.put_guardrails", "cognito.InitiateAuth"; where a
   fault is armed for it the kind and its number are returned once and the fault's count goes
   down. */
enum fault_kind {
    FAULT_NONE,
    FAULT_STATUS,
    FAULT_LOST,
    FAULT_AFTER,
    FAULT_DELAY,
    FAULT_ERROR,
    FAULT_BODY
};
struct fault {
    enum fault_kind kind;
    int status;        /* STATUS: answer this without doing it. AFTER: do it, then answer this */
    int64_t delay_ms;  /* DELAY: do it, answer that much later */
    int retry_after_s; /* with STATUS */
    char error[64];    /* ERROR: Slack's {"ok":false,"error":...}; for Stax the Error text */
    const char *body;  /* BODY: answer these bytes with status; lent */
};
/* LOST: do it, then drop the connection. */
struct fault fault_take(const char *operation);

/* Arms or clears; false and why (static) when the request makes no sense. */
bool faults_control(const json_t *request, const char **why);
size_t faults_armed(void);
/* What is armed: operation, kind, status and count left; new reference. */
json_t *faults_list(void);
void faults_clear(void);

#endif
