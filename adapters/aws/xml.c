/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/xml.h"
#include "core/buf.h"
#include "core/limits.h"
#include "core/xalloc.h"
#include "host/secret.h"

#include <expat.h>
#include <string.h>

struct reading {
    XML_Parser parser;
    struct arena *arena;
    struct xml_element *open[LIMIT_XML_DEPTH]; /* from the outermost to the one that is read */
    size_t depth, elements;
    struct xml_element *root;
    struct buf text; /* since the last tag */
    const char *refused;
};

static void refuse(struct reading *r, const char *why)
{
    if (!r->refused)
        r->refused = why;
    XML_StopParser(r->parser, XML_FALSE);
}

static void append(struct xml_element *to, struct xml_element *child)
{
    if (to->last)
        to->last->next = child;
    else
        to->first = child;
    to->last = child;
}

static void XMLCALL begins(void *arg, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *r = arg;
    (void)attributes;
    if (r->refused)
        return;
    if (r->depth == LIMIT_XML_DEPTH || r->elements == LIMIT_XML_ELEMENTS) {
        refuse(r, r->depth == LIMIT_XML_DEPTH ? "it is nested too deeply"
                                              : "it has too many elements");
        return;
    }
    struct xml_element *e = arena_take(r->arena, sizeof *e);
    e->name = arena_copy(r->arena, name);
    e->text = "";
    if (r->depth)
        append(r->open[r->depth - 1], e);
    else
        r->root = e;
    r->open[r->depth++] = e;
    r->elements++;
    buf_clear(&r->text);
}

static void XMLCALL ends(void *arg, const XML_Char *name)
{
    struct reading *r = arg;
    (void)name;
    if (r->refused || !r->depth)
        return;
    struct xml_element *e = r->open[--r->depth];
    if (!e->first && r->text.bytes)
        e->text = arena_copy(r->arena, buf_text(&r->text));
    buf_clear(&r->text);
}

static void XMLCALL says(void *arg, const XML_Char *text, int bytes)
{
    struct reading *r = arg;
    buf_add_bytes(&r->text, text, (size_t)bytes);
}

static void XMLCALL document_type(void *arg, const XML_Char *name, const XML_Char *system,
                                  const XML_Char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    refuse(arg, "it has a document type, with which entities come");
}

static void XMLCALL instruction(void *arg, const XML_Char *target, const XML_Char *data)
{
    (void)target, (void)data;
    refuse(arg, "it has a processing instruction");
}

static bool parse(struct reading *r, const char *text, size_t bytes, struct err *err)
{
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, begins, ends);
    XML_SetCharacterDataHandler(r->parser, says);
    XML_SetStartDoctypeDeclHandler(r->parser, document_type);
    XML_SetProcessingInstructionHandler(r->parser, instruction);
    bool whole = XML_Parse(r->parser, text, (int)bytes, XML_TRUE) == XML_STATUS_OK;
    if (!whole && XML_GetErrorCode(r->parser) == XML_ERROR_NO_MEMORY)
        xalloc_failed();
    if (r->refused)
        return err_set(err, "%s", r->refused);
    return (whole && r->root) || err_set(err, "it is no XML as AWS writes it");
}

const struct xml_element *xml_read(const char *text, size_t bytes, struct arena *arena,
                                   struct err *err)
{
    if (bytes > LIMIT_XML_BYTES || memchr(text, '\0', bytes)) {
        err_set(err, bytes > LIMIT_XML_BYTES ? "it is too long" : "it is no text");
        return NULL;
    }
    struct reading r = { .parser = XML_ParserCreate("UTF-8"), .arena = arena };
    if (!r.parser)
        xalloc_failed();
    buf_init(&r.text, LIMIT_XML_BYTES);
    bool whole = parse(&r, text, bytes, err);
    XML_ParserFree(r.parser);
    if (r.text.text) /* a secret key may have been in it */
        secret_wipe(r.text.text, r.text.capacity);
    buf_done(&r.text);
    return whole ? r.root : NULL;
}

const struct xml_element *xml_inside(const struct xml_element *e, const char *name)
{
    const struct xml_element *child = e ? e->first : NULL;
    while (child && strcmp(child->name, name) != 0)
        child = child->next;
    return child;
}

const char *xml_text_inside(const struct xml_element *e, const char *name)
{
    const struct xml_element *child = xml_inside(e, name);
    return child ? child->text : "";
}
