/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenAPI document of what the sandbox serves: clients check the body of a change against it
   before they send it. And the same check here, because the far side makes it too. */
#include "tests/sandbox/stax/document.h"
#include "tests/sandbox/stax/tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const STAXD_GUARDRAIL_KEYS[STAXD_GUARDRAILS] = {
    "ACCOUNT_BLOCK_CLOSING_ACCOUNT",
    "ACCOUNT_BLOCK_ENABLING_OR_DISABLING_REGIONS",
    "AWSCONFIG_BLOCK_CHANGES_TO_SERVICE",
    "EBS_BLOCK_DIRECT_API_CALLS",
    "EBS_BLOCK_DISABLING_DEFAULT_ENCRYPTION",
    "EBS_BLOCK_PUBLICLY_RESTORABLE_SNAPSHOTS",
    "EC2_BLOCK_MODIFYING_IMDS_DEFAULTS",
    "EC2_BLOCK_PUBLIC_ACCESS_ON_AMIS",
    "EC2_BLOCK_PUBLIC_ACCESS_ON_SNAPSHOTS",
    "EC2_REQUIRE_IMDSV2",
    "GUARDDUTY_BLOCK_CHANGES_TO_SERVICE",
    "IAM_BLOCK_CREATING_IAM_USER",
    "IAM_BLOCK_IAM_ACCESS_KEYS_AND_LOGIN_PROFILES",
    "IAM_BLOCK_MODIFYING_IAM_USER_PASSWORD_POLICIES",
    STAXD_ROOT_KEY,
    "LAMBDA_REQUIRE_IAM_AUTH_FOR_LAMBDA_FUNCTION_URLS",
    "MACIE_BLOCK_SERVICE",
    "ORGANIZATIONS_BLOCK_LEAVING_AWS_ORGANISATION",
    "RAM_BLOCK_EXTERNAL_ACCESS_TO_RESOURCES",
    "ROUTE53_BLOCK_CHANGES_TO_DOMAIN",
    "S3_BLOCK_DELETING_GLACIER_VAULTS_AND_ARCHIVES",
    "S3_BLOCK_MODIFYING_ACCOUNT_WIDE_PUBLIC_ACCESS",
    "S3_REQUIRE_BUCKET_OWNERSHIP_FOR_OBJECTS_IN_NEW_BUCKETS",
    "SECURITYHUB_BLOCK_CHANGES_TO_SERVICE",
    "SSM_BLOCK_CHANGES_TO_PUBLIC_SHARING_SETTING",
    "SSM_BLOCK_MODIFYING_SESSION_MANAGER_DEFAULT_PREFERENCES",
    "VPC_BLOCK_CREATING_DEFAULT_VPC_AND_SUBNET",
    "VPC_BLOCK_DELETING_VPC_FLOW_LOGS",
};

static const struct route {
    const char *path, *method, *operation, *parameters, *answer;
} ROUTES[] = {
    { "public/config", "get", "public.ReadConfig", "", "Object" },
    { "services/guardrails/configuration", "get", "services.ReadGuardrailsConfiguration", "",
      "services.ReadGuardrailsConfiguration" },
    { "services/guardrails/configuration", "put", "services.ConfigureGuardrails", "",
      "services.ConfigureGuardrailsEvent" },
    { "services/configuration", "get", "services.ReadConfigurations", "", "Object" },
    { "task/{task_id}", "get", "tasks.ReadTask", "task_id", "tasks.ReadTask" },
    { "users", "get", "teams.ReadUsers", "filter,id_filter,status_filter", "Object" },
    { "users/{user_id}", "get", "teams.ReadUsers", "user_id", "Object" },
    { "accounts", "get", "accounts.ReadAccounts",
      "account_names,filter,id_filter,name_filter,aws_account_id_filter,offset,limit,include_tags",
      "Object" },
    { "accounts/{account_id}", "get", "accounts.ReadAccounts", "account_id", "Object" },
    { "organisations/current", "get", "organisations.ReadOrganisation", "", "Object" },
    { "insights", "get", "insights.ReadInsights",
      "action,source_kind,source_id,status,user_id,target_kind,offset,limit,sort_order", "Object" },
    { "api-tokens", "get", "teams.ReadApiTokens", "", "Object" },
    { "policies", "get", "organisations.ReadPolicies", "status", "Object" },
};

static json_t *reference(const char *schema)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/components/schemas/%s", schema));
}

static json_t *content(const char *schema)
{
    return json_pack("{s:{s:o}}", "application/json", "schema", reference(schema));
}

static json_t *parameters(const struct route *route)
{
    json_t *list = json_array();
    for (const char *at = route->parameters; *at;) {
        size_t length = strcspn(at, ",");
        char braced[64];
        snprintf(braced, sizeof braced, "{%.*s}", (int)length, at);
        bool in_path = strstr(route->path, braced) != NULL;
        json_array_append_new(list, json_pack("{s:s%, s:s, s:b, s:{s:s}}", "name", at, length, "in",
                                              in_path ? "path" : "query", "required", in_path,
                                              "schema", "type", "string"));
        at += length + (at[length] == ',');
    }
    return list;
}

static json_t *operation(const struct route *route)
{
    json_t *o = json_pack("{s:s, s:o, s:{s:{s:s, s:o}}}", "x-stax-sdk-operation-id",
                          route->operation, "parameters", parameters(route), "responses", "200",
                          "description", "Done or begun", "content", content(route->answer));
    if (strcmp(route->method, "put") == 0)
        json_object_set_new(o, "requestBody",
                            json_pack("{s:b, s:o}", "required", true, "content",
                                      content(route->operation)));
    return o;
}

static json_t *paths(void)
{
    json_t *all = json_object();
    for (size_t i = 0; i < sizeof ROUTES / sizeof *ROUTES; i++) {
        char path[128];
        snprintf(path, sizeof path, STAXD_SIGNED_API "%s", ROUTES[i].path);
        json_t *methods = json_object_get(all, path);
        if (!methods) {
            methods = json_object();
            json_object_set_new(all, path, methods);
        }
        json_object_set_new(methods, ROUTES[i].method, operation(&ROUTES[i]));
    }
    return all;
}

/* An object of which nothing but the given members is allowed, all of them required. */
static json_t *closed(json_t *properties_new)
{
    json_t *required = json_array(), *value;
    const char *name;
    json_object_foreach(properties_new, name, value)
        json_array_append_new(required, json_string(name));
    return json_pack("{s:s, s:b, s:o, s:o}", "type", "object", "additionalProperties", false,
                     "properties", properties_new, "required", required);
}

static json_t *flags_schema(void)
{
    json_t *properties = json_object();
    for (size_t i = 0; i < STAXD_GUARDRAILS; i++)
        json_object_set_new(properties, STAXD_GUARDRAIL_KEYS[i],
                            json_pack("{s:s}", "type", "boolean"));
    return json_pack("{s:s, s:b, s:o}", "type", "object", "additionalProperties", false,
                     "properties", properties);
}

static json_t *text_type(void) { return json_pack("{s:s}", "type", "string"); }

static json_t *schemas(void)
{
    json_t *all = json_pack("{s:{s:s}, s:o, s:{s:s, s:b}}", "Object", "type", "object",
                            "ScpGuardrail", flags_schema(), "RcpGuardrail", "type", "object",
                            "additionalProperties", false);
    json_object_set_new(all, "GuardrailsConfiguration",
                        closed(json_pack("{s:o, s:o}", "SCP", reference("ScpGuardrail"), "RCP",
                                         reference("RcpGuardrail"))));
    json_object_set_new(all, "services.ConfigureGuardrails",
                        closed(json_pack("{s:o}", "Configuration",
                                         reference("GuardrailsConfiguration"))));
    json_object_set_new(all, "services.ReadGuardrailsConfiguration",
                        json_pack("{s:s, s:[s, s, s], s:{s:o, s:o, s:o}}", "type", "object",
                                  "required", "OrganisationId", "Status", "Configuration",
                                  "properties", "OrganisationId", text_type(), "Status",
                                  text_type(), "Configuration",
                                  reference("GuardrailsConfiguration")));
    json_t *detail = closed(json_pack("{s:o, s:o, s:o, s:o}", "Message", text_type(), "Operation",
                                      text_type(), "OperationStatus", text_type(), "Severity",
                                      text_type()));
    json_object_set_new(all, "services.ConfigureGuardrailsEvent",
                        closed(json_pack("{s:o, s:o, s:o, s:o}", "DetailType", text_type(),
                                         "TraceId", text_type(), "TaskId", text_type(), "Detail",
                                         detail)));
    json_object_set_new(all, "tasks.ReadTask",
                        json_pack("{s:s, s:[s, s], s:{s:o, s:{s:s, s:o}}}", "type", "object",
                                  "required", "Status", "Logs", "properties", "Status", text_type(),
                                  "Logs", "type", "array", "items", text_type()));
    return all;
}

void staxd_document_get(struct staxd_answer *answer)
{
    staxd_answer_json(answer, 200,
                      json_pack("{s:s, s:{s:s, s:s}, s:o, s:{s:o}}", "openapi", "3.0.0", "info",
                                "title", "Stax as the sandbox serves it", "version", "20190206",
                                "paths", paths(), "components", "schemas", schemas()));
}

/* ---- the check ---- */

static bool known_key(const char *key, const json_t *extra)
{
    for (size_t i = 0; i < STAXD_GUARDRAILS; i++)
        if (strcmp(STAXD_GUARDRAIL_KEYS[i], key) == 0)
            return true;
    return json_object_get(extra, key) != NULL;
}

/* NULL when object has exactly these two members (the second may be NULL), and at most the parts
   beside them. */
static const char *only(const json_t *object, const char *first, const char *second,
                        const json_t *parts)
{
    const char *name;
    json_t *part;
    if (!json_is_object(object))
        return "an object is expected";
    if (!json_object_get(object, first) || (second && !json_object_get(object, second)))
        return "a required property is missing";
    size_t known = second ? 2u : 1u;
    json_object_foreach((json_t *)(uintptr_t)parts, name, part)
        known += json_object_get(object, name) != NULL;
    return json_object_size(object) == known ? NULL : "additional properties are not allowed";
}

const char *staxd_document_check(const json_t *body, const json_t *extra, const json_t *parts,
                                 char *to, size_t bytes)
{
    const json_t *configuration = json_object_get(body, "Configuration");
    const json_t *scp = json_object_get(configuration, "SCP"),
                 *rcp = json_object_get(configuration, "RCP");
    const char *wrong = only(body, "Configuration", NULL, NULL), *key;
    json_t *value;
    if (!wrong)
        wrong = only(configuration, "SCP", "RCP", parts);
    if (!wrong && (!json_is_object(scp) || !json_is_object(rcp)))
        wrong = "SCP and RCP have to be objects";
    if (!wrong && json_object_size(rcp) > 0)
        wrong = "RCP: additional properties are not allowed";
    if (wrong)
        return wrong;
    json_object_foreach((json_t *)(uintptr_t)scp, key, value)
    {
        if (known_key(key, extra) && json_is_boolean(value))
            continue;
        snprintf(to, bytes, "SCP: %s",
                 known_key(key, extra) ? "a value is no boolean"
                                       : "additional properties are not allowed");
        return to;
    }
    return NULL;
}
