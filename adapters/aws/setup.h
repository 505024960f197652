/* SPDX-License-Identifier: Apache-2.0 */
/* What brings root users' events into one queue, as texts to give to whoever sets AWS up: the same
   twice. Source: CloudFormation's references of Events, SQS and IAM, the arguments of Terraform's
   provider of AWS, and EventBridge's guide on other accounts' buses. */
#ifndef REGUARD_AWS_SETUP_H
#define REGUARD_AWS_SETUP_H

extern const char aws_setup_cloudformation[], aws_setup_terraform[];

#endif
