/* SPDX-License-Identifier: Apache-2.0 */
/* An XML answer as a tree, read by expat within ceilings: bytes, depth, elements. A document type,
   and with it every entity of its own, is refused; so are processing instructions and any encoding
   but UTF-8. Attributes and comments are passed over. */
#ifndef REGUARD_AWS_XML_H
#define REGUARD_AWS_XML_H

#include "core/arena.h"
#include "core/err.h"

struct xml_element {
    const char *name, *text; /* text: of one without elements inside; "" for none */
    struct xml_element *first, *last, *next;
};

/* The outermost element, in the arena; NULL for what is refused, and err says why, without a word
   of the text. */
const struct xml_element *xml_read(const char *text, size_t bytes, struct arena *, struct err *);
/* The first of that name inside; NULL for none, and of NULL. */
const struct xml_element *xml_inside(const struct xml_element *, const char *name);
/* Its text; "" when it is not there. */
const char *xml_text_inside(const struct xml_element *, const char *name);

#endif
