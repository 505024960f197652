#include "config/advice.h"
#include "core/utf8.h"
#include "config/config_files.h"
#include "config/config_lines.h"

#include <string.h>

enum { LINE_BYTES = 4096 };

/* ---- where it stands ---- */

static bool is_key(const char *line, const char *key)
{
    size_t bytes = strlen(key);
    if (strncmp(line, key, bytes) != 0)
        return false;
    line += bytes;
    line += strspn(line, " \t");
    return *line == '=' || *line == ':';
}

int advice_line(const struct config *config, const char *section, const char *key)
{
    struct config_lines lines;
    struct config_line line;
    struct err err = { "" };
    char text[LINE_BYTES];
    bool inside = false;
    int found = 0;
    if (config_lines_open(&lines, config->file, &err))
        while (!found && config_lines_next(&lines, text, sizeof text, &line)) {
            inside = line.heading[0] ? str_equal(line.heading, section) : inside;
            if (inside && !line.heading[0] && is_key(text, key))
                found = lines.line;
        }
    config_lines_done(&lines);
    return found;
}

/* ---- shapes ---- */

static bool is_slack_id(const char *text, const char *first)
{
    return text[0] && strchr(first, text[0]) && text[1] &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(text);
}

static bool is_matrix_id(const char *text, char first, bool with_server)
{
    const char *colon = strchr(text, ':');
    return text[0] == first && text[1] && !strpbrk(text, " \t/") &&
           (!with_server || (colon && colon > text + 1 && colon[1]));
}

bool advice_is_chat_id(const char *chat, const char *id)
{
    return str_equal(chat, "slack") ? is_slack_id(id, "UW") : is_matrix_id(id, '@', true);
}

static bool is_team(const char *text) { return is_slack_id(text, "T"); }
static bool is_channel(const char *text) { return is_slack_id(text, "CG"); }

static bool is_command(const char *text)
{
    return text[0] == '/' && text[1] && !strpbrk(text, " \t");
}

/* Arrows, signs and pictographs: what a keyboard of emoji writes. */
static bool has_emoji(const char *text)
{
    while (*text) {
        uint32_t code = 0;
        size_t bytes = utf8_decode(text, &code);
        if ((code >= 0x2190 && code <= 0x2bff) || (code >= 0x1f000 && code <= 0x1faff))
            return true;
        text += bytes ? bytes : 1;
    }
    return false;
}

static bool is_reaction(const char *text)
{
    size_t bytes = strlen(text);
    return !has_emoji(text) && text[0] != ':' && text[bytes - 1] != ':';
}

/* Slack takes a bare @here for five characters of text. */
static bool is_escalation(const char *text)
{
    for (const char *at = strchr(text, '@'); at; at = strchr(at + 1, '@'))
        if (at == text || at[-1] != '<')
            return false;
    return true;
}

static bool is_room(const char *text) { return is_matrix_id(text, '!', false); }
static bool is_matrix_user(const char *text) { return is_matrix_id(text, '@', true); }

static bool is_uuid(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == '-' ? text[i] != '-'
                           : !text[i] || !strchr("0123456789abcdefABCDEF", text[i]))
            return false;
    return text[sizeof form - 1] == '\0';
}

struct shape {
    const char *section, *key;
    size_t offset;
    bool (*fits)(const char *);
    const char *means; /* behind “found …”: what is wrong, and what to do */
};
#define AT(member) offsetof(struct config, member)

/* clang-format off */
static const struct shape shapes[] = {
    { "slack", "team", AT(slack.team), is_team,
      "that is no workspace's id: it begins with T and stands in the address of Slack in a browser, "
      "app.slack.com/client/T…" },
    { "slack", "channel", AT(slack.channel), is_channel,
      "that is no channel's id: it begins with C or G and stands at the end of the channel's "
      "details in Slack; a name is not enough" },
    { "slack", "command", AT(slack.command), is_command,
      "Slack sends commands with their slash, so this one would never be recognised: write "
      "/reguard, or what the app's manifest has" },
    { "slack", "approve_reaction", AT(policy.approve_reaction), is_reaction,
      "Slack sends the name of an emoji, without colons, so no reaction would count: write a name "
      "like white_check_mark" },
    { "slack", "decline_reaction", AT(policy.decline_reaction), is_reaction,
      "Slack sends the name of an emoji, without colons, so no reaction would count: write a name "
      "like x" },
    { "policy", "escalate", AT(policy.escalate), is_escalation,
      "in Slack that is plain text and reaches nobody: write <!here>, <!channel>, <@U…> or "
      "<!subteam^S…>" },
    { "matrix", "user", AT(matrix.user), is_matrix_user,
      "that is no user's id: write it whole, like @reguard:example.com" },
    { "matrix", "room", AT(matrix.room), is_room,
      "that is no room's id: it begins with ! and stands in the room's settings (in Element: "
      "Advanced); an alias (#…) is not enough" },
    { "stax", "organisation", AT(policy.organisation), is_uuid,
      "that is no organisation's id, which is a UUID: the Stax console shows it, and `check` says "
      "whose the credential is" },
};
/* clang-format on */

struct giving {
    const struct config *config;
    advice_taker take;
    void *arg;
};

static void give(const struct giving *g, const char *section, const char *key, const char *format,
                 ...) PRINTF_LIKE(4, 5);
static void give(const struct giving *g, const char *section, const char *key, const char *format,
                 ...)
{
    struct advice a = { .section = section,
                        .key = key,
                        .line = advice_line(g->config, section, key) };
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, sizeof a.text);
    va_list args;
    va_start(args, format);
    buf_addv(&text, format, args);
    va_end(args);
    STR_SET(a.text, buf_text(&text));
    g->take(g->arg, &a);
}

/* Slack's own notation is wanted, and Slack's reactions count, only where there is Slack. */
static bool matters(const struct config *c, const struct shape *s)
{
    bool reaction = s->fits == is_reaction;
    if (str_equal(s->section, "slack") || s->fits == is_escalation)
        return c->slack.there && (!reaction || (c->policy.approve_with & APPROVE_BY_REACTION));
    return str_equal(s->section, "matrix") ? c->matrix.there : true;
}

static void look_at_shapes(const struct giving *g)
{
    const struct config *c = g->config;
    for (size_t i = 0; i < COUNT(shapes); i++) {
        const char *value = (const char *)c + shapes[i].offset;
        if (value[0] && matters(c, &shapes[i]) && !shapes[i].fits(value))
            give(g, shapes[i].section, shapes[i].key, "found “%s”; %s", value, shapes[i].means);
    }
    if (c->slack.there && str_equal(c->policy.approve_reaction, c->policy.decline_reaction))
        give(g, "slack", "decline_reaction",
             "found “%s”, which approve_reaction is, too: choose another one",
             c->policy.decline_reaction);
}

/* ---- secrets ---- */

/* What a secret begins with, and whether that is the kind its key wants. */
static const struct kind {
    const char *key, *begins, *means; /* means: NULL when it is right */
} kinds[] = {
    { "app_token_file", "xapp-", NULL },
    { "app_token_file", "xoxb-",
      "it holds the bot token (xoxb-); the app-level token (xapp-) belongs here: the app's page, "
      "Basic Information, App-Level Tokens, scope connections:write" },
    { "app_token_file", "",
      "it holds no app-level token (xapp-): the app's page, Basic Information, App-Level Tokens, "
      "scope connections:write" },
    { "bot_token_file", "xoxb-", NULL },
    { "bot_token_file", "xapp-",
      "it holds the app-level token (xapp-); the bot token (xoxb-) belongs here: the app's page, "
      "OAuth & Permissions" },
    { "bot_token_file", "xoxp-",
      "it holds a person's token (xoxp-), and reguard would speak as that person; the bot token "
      "(xoxb-) belongs here: the app's page, OAuth & Permissions" },
    { "bot_token_file", "xoxe",
      "it holds a token of an app with token rotation (xoxe), which ends after 12 hours; switch "
      "rotation off for the app, reinstall it, and put the new bot token (xoxb-) here" },
    { "bot_token_file", "", "it holds no bot token (xoxb-): the app's page, OAuth & Permissions" },
    { "access_token_file", "syr_",
      "it holds a refresh token (syr_); the access token belongs here, or both as JSON" },
    { "access_token_file", "mcr_",
      "it holds a refresh token (mcr_); the access token belongs here, or both as JSON" },
    { "access_token_file", "mar_",
      "it holds a refresh token (mar_); the access token belongs here, or both as JSON" },
};

static const struct kind *kind_of(const char *key, const char *secret)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_equal(kinds[i].key, key) &&
            strncmp(secret, kinds[i].begins, strlen(kinds[i].begins)) == 0)
            return &kinds[i];
    return NULL;
}

/* What the secret is is never told, only its kind. */
static void look_at_secret(const struct giving *g, const struct config_file *file)
{
    struct err err = { "" };
    struct secret *secret = config_files_secret(g->config, file->path, &err);
    const char *text = secret_reveal(secret);
    const struct kind *kind = text[0] ? kind_of(file->key, text) : NULL;
    if (text[0] && strchr("\"'`", text[0]))
        give(g, file->section, file->key,
             "the secret stands in quotes, which would be taken for a part of it: take them away");
    else if (kind && kind->means)
        give(g, file->section, file->key, "%s", kind->means);
    secret_free(secret);
}

static void look_at_secrets(const struct giving *g)
{
    for (size_t i = 0; i < g->config->file_count; i++)
        if (g->config->files[i].is_secret)
            look_at_secret(g, &g->config->files[i]);
}

/* ---- people ---- */

static bool is_served(const struct config *c, const char *chat)
{
    return str_equal(chat, "slack") ? c->slack.there : c->matrix.there;
}

/* Whose id it is already, in an earlier line. */
static const struct person *earlier(const struct people *people, size_t before, const char *chat,
                                    const char *id)
{
    for (size_t i = 0; i < before; i++)
        for (size_t k = 0; k < people->rows[i].id_count; k++)
            if (str_equal(people->rows[i].ids[k].chat, chat) &&
                str_equal(people->rows[i].ids[k].id, id))
                return &people->rows[i];
    return NULL;
}

static void look_at_person(const struct giving *g, size_t at)
{
    const struct people *people = &g->config->people;
    const struct person *p = &people->rows[at];
    bool served = false;
    for (size_t k = 0; k < p->id_count; k++) {
        const char *chat = p->ids[k].chat, *id = p->ids[k].id;
        bool slack = str_equal(chat, "slack");
        const struct person *other = earlier(people, at, chat, id);
        served |= is_served(g->config, chat);
        if (!advice_is_chat_id(chat, id))
            give(g, "people", p->key, "found “%s:%s”; that is no %s", chat, id,
                 slack ? "member's id: it begins with U or W (in Slack: profile, three dots, Copy "
                         "member ID); a name is not enough"
                       : "user's id: write it whole, like @ada:example.com");
        else if (other)
            give(g, "people", p->key,
                 "%s:%s stands for %s, too, and one account for two people counts for neither: "
                 "give each their own",
                 chat, id, other->key);
    }
    if (!served)
        give(g, "people", p->key,
             "has no account in a chat that is served, and can neither ask nor approve: add %s",
             g->config->slack.there ? "slack:U…" : "matrix:@…");
}

void advice_give(const struct config *config, advice_taker take, void *arg)
{
    const struct giving g = { config, take, arg };
    look_at_shapes(&g);
    look_at_secrets(&g);
    for (size_t i = 0; i < config->people.count; i++)
        look_at_person(&g, i);
}
