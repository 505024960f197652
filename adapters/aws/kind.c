/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/kind.h"
#include "adapters/aws/aws.h"
#include "adapters/aws/settings.h"
#include "adapters/aws/setup.h"

static struct adapter *make(struct adapter_world *w, struct err *err)
{
    (void)err;
    return aws_new(w);
}

/* What codec.c lists and nothing else. GetCallerIdentity is allowed to everybody (STS reference),
   and needs no statement. A policy has no comments: the reason is its name. */
#define WEB_IDENTITY "sts:AssumeRoleWithWebIdentity"
#define ASSUME_ROOT "sts:AssumeRoot"
#define AUDIT "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
#define RECOVER "arn:aws:iam::aws:policy/root-task/IAMCreateRootUserPassword"
#define CREDENTIALS "arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"
#define BUCKET "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"
#define LOCKED_QUEUE "arn:aws:iam::aws:policy/root-task/SQSUnlockQueuePolicy"
#define QUEUE "sqs:GetQueueAttributes"
#define RECEIVE "sqs:ReceiveMessage"
#define DELETE "sqs:DeleteMessage"
#define FEATURES "iam:ListOrganizationsFeatures"
static const char policy[] = "{\n"
                             "  \"Version\": \"2012-10-17\",\n"
                             "  \"Statement\": [\n"
                             "    {\n"
                             "      \"Sid\": \"CheckTellsWhetherCentralizedRootAccessIsOn\",\n"
                             "      \"Effect\": \"Allow\",\n"
                             "      \"Action\": \"" FEATURES "\",\n"
                             "      \"Resource\": \"*\"\n"
                             "    },\n"
                             "    {\n"
                             "      \"Sid\": \"EachTaskOfARootUserInASessionOfItsOwn\",\n"
                             "      \"Effect\": \"Allow\",\n"
                             "      \"Action\": \"" ASSUME_ROOT "\",\n"
                             "      \"Resource\": \"arn:aws:iam::*:root\",\n"
                             "      \"Condition\": {\n"
                             "        \"StringEquals\": {\n"
                             "          \"sts:TaskPolicyArn\": [\n"
                             "            \"" AUDIT "\",\n"
                             "            \"" RECOVER "\",\n"
                             "            \"" CREDENTIALS "\",\n"
                             "            \"" BUCKET "\",\n"
                             "            \"" LOCKED_QUEUE "\"\n"
                             "          ]\n"
                             "        }\n"
                             "      }\n"
                             "    },\n"
                             "    {\n"
                             "      \"Sid\": \"OneQueueHasTheEventsOfRootUsers\",\n"
                             "      \"Effect\": \"Allow\",\n"
                             "      \"Action\": [\n"
                             "        \"" QUEUE "\",\n"
                             "        \"" RECEIVE "\",\n"
                             "        \"" DELETE "\"\n"
                             "      ],\n"
                             "      \"Resource\": \"arn:aws:sqs:REGION:ACCOUNT:NAME\"\n"
                             "    }\n"
                             "  ]\n"
                             "}\n";

/* Of a role that the user `reguard` assumes; whoever else may, stands in the documents. */
static const char trust[] = "{\n"
                            "  \"Version\": \"2012-10-17\",\n"
                            "  \"Statement\": [\n"
                            "    {\n"
                            "      \"Sid\": \"ReguardsUserAssumesThisRole\",\n"
                            "      \"Effect\": \"Allow\",\n"
                            "      \"Principal\": {\n"
                            "        \"AWS\": \"arn:aws:iam::ACCOUNT:user/reguard\"\n"
                            "      },\n"
                            "      \"Action\": \"sts:AssumeRole\",\n"
                            "      \"Condition\": {\n"
                            "        \"StringEquals\": {\n"
                            "          \"sts:ExternalId\": \"WHAT external_id_file HOLDS\"\n"
                            "        }\n"
                            "      }\n"
                            "    }\n"
                            "  ]\n"
                            "}\n";

/* clang-format off */
static const struct adapter_remedy remedies[] = {
    { "its token is missing", "access_key_id", "put the token of the same session into a file for session_token_file" },
    { "belongs to no session", "session_token_file", "leave it out, or give the three of one session" },
    { FEATURES ": the credentials may not", "access_key_id", "allow it to them, which takes {\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"" FEATURES "\",\"Resource\":\"*\"}]}, as `reguard manifest aws` prints it, and no policy on their way that denies it" },
    { QUEUE ": the credentials may not", "events_queue", "allow it to them on this queue, as `reguard manifest aws` prints it" },
    { "there is no such queue", "events_queue", "compare it with the queue's URL in SQS" },
    { QUEUE ": the answer cannot be understood", "sqs_url", "that is not what SQS answers: compare sqs_url, and who answers there" },
    { "service control policy", "access_key_id", "a policy on the account's way denies it to root users, and not only to those that sign in: exempt sessions of AssumeRoot in it, by the condition Null aws:AssumedRoot = true, or in Control Tower by the parameter ExemptAssumeRoot" },
    { ASSUME_ROOT ": the credentials may not", "access_key_id", "allow it to them as `reguard manifest aws` prints it; they have to be a user's or a role's of the management account, or of the one that IAM is delegated to, and the account a member of the same organisation" },
    { ASSUME_ROOT ": AWS does not take a value", "region", "compare the account's number, and whether it is in the region's partition" },
    { "the root user's session ended", "access_key_id", "try again in a few minutes" },
    { "the endpoint of no region", "sts_url", "leave sts_url out, or take https://sts.REGION.amazonaws.com" },
    { "the container's agent", "container_url", "compare container_url and container_token_file with what AWS gives the container, and whether the agent runs on its host" },
    { "the instance has no role", "credentials", "give the instance an instance profile with the role that the policy of `reguard manifest aws` belongs to" },
    { "the instance's metadata service", "credentials", "this has to be an instance of EC2 with its metadata service on; in a container the answer takes a hop limit of 2" },
    { WEB_IDENTITY ": the session", "web_identity_token_file", "the token there has ended: look at whoever writes it anew, in Kubernetes the kubelet" },
    { WEB_IDENTITY ": the credentials may not", "role_arn", "the role's trust policy has to allow sts:AssumeRoleWithWebIdentity to the issuer of the token, with its subject and audience" },
    { WEB_IDENTITY ": AWS does not take", "web_identity_token_file", "compare the token's issuer and audience with the identity provider in IAM, and role_arn, role_session_name and session_duration with the role" },
    { "sts:AssumeRole: the credentials may not", "role_arn", "a policy of the credentials has to allow sts:AssumeRole on this role, and the role's trust policy has to name them, as `reguard manifest aws-trust` prints it; where that wants an sts:ExternalId, external_id_file holds it" },
    { "sts:AssumeRole: AWS does not take a value", "role_arn", "compare role_arn, role_session_name, what external_id_file holds, and whether the role's longest session is as long as session_duration; of a role that is assumed with a role it is 1h" },
    { "the credentials may not", "access_key_id", "no policy may deny it to them" },
    { "no such active access key", "access_key_id", "compare it with the user's access keys in IAM, whether it is active, and session_token_file where it belongs to a session" },
    { "session of these credentials has ended", "session_token_file", "fetch new ones: access_key_id and both files are of one session" },
    { "secret is not that of", "secret_access_key_file", "put the secret that was shown with this access key id there; where it is lost, make a new key" },
    { "does not take the signature", "secret_access_key_file", "compare the secret, and whether something between here and AWS rewrites requests" },
    { "time of the request", "access_key_id", "set this machine's clock, best by NTP" },
    { "slow down", "region", "others use AWS in this account at the same time: try again in a minute" },
    { "trouble of its own", "region", "try again in a few minutes" },
    { "region is not on", "region", "turn the region on, or take one that is" },
    { "only the management account", "access_key_id", "take credentials of one of these two accounts" },
    { "in no organisation", "access_key_id", "take credentials of your organisation's management account" },
    { "consolidated billing", "access_key_id", "turn all features of the organisation on, in AWS Organizations" },
    { "cannot be understood", "sts_url", "that is not what AWS answers: compare sts_url and iam_url, and who answers there" },
    { QUEUE ": ", "events_queue", "compare events_queue, sqs_url and ca_file, and look at the network" },
    { "", "region", "compare region, sts_url, iam_url and ca_file, and look at the network" },
};
/* clang-format on */

static const struct adapter_manifest manifests[] = {
    { "aws", policy },
    { "aws-trust", trust },
    { "aws-events", aws_setup_cloudformation },
    { "aws-events-terraform", aws_setup_terraform },
    { NULL, NULL },
};

static const struct venue venue = { .name = "aws", .title = "AWS", .place = "AWS" };

const struct adapter_kind aws_kind = {
    .role = ADAPTER_WATCHER,
    .venue = &venue,
    .section = &aws_section,
    .make = make,
    .checks = { .remedies = remedies,
                .connected = "it takes the credentials and answers reguard's questions",
                .clock = "AWS" },
    .probe = aws_probe,
    .describe = aws_describe,
    .ahead_ms = aws_ahead_ms,
    .runs = true,
    .trouble = aws_trouble,
    .counters = aws_counters,
    .roots = &aws_roots,
    .manifests = manifests,
};
