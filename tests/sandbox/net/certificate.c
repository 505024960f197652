/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate authority that lives for one run. Its key is thrown away once the server's
   certificate is signed: whoever trusts ca.pem trusts this one process only. */
#include "tests/sandbox/net/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CERTIFICATE_DAYS = 90, DAY_S = 24 * 60 * 60 };

struct extension {
    int nid;
    const char *value;
};

static const struct extension authority_extensions[] = {
    { NID_basic_constraints, "critical,CA:TRUE" },
    { NID_key_usage, "critical,keyCertSign,cRLSign" },
    { NID_subject_key_identifier, "hash" },
    { 0, NULL },
};

#define SERVER_OF(names)                                                                         \
    {                                                                                            \
        { NID_basic_constraints, "critical,CA:FALSE" },                                          \
            { NID_key_usage, "critical,digitalSignature" }, { NID_ext_key_usage, "serverAuth" }, \
            { NID_subject_alt_name, names }, { NID_subject_key_identifier, "hash" },             \
            { NID_authority_key_identifier, "keyid" }, { 0, NULL },                              \
    }
static const struct extension server_extensions[] = SERVER_OF(
    "DNS:localhost,DNS:sandbox.test,IP:127.0.0.1,IP:::1"),
                              anothers_extensions[] = SERVER_OF("DNS:slack.example,IP:127.0.0.2");

static bool set_serial(X509 *x)
{
    unsigned char number[8];
    if (RAND_bytes(number, sizeof number) != 1)
        return false;
    number[0] = (unsigned char)((number[0] & 0x7F) | 0x40); /* positive, and of full length */
    BIGNUM *bn = BN_bin2bn(number, sizeof number, NULL);
    bool ok = bn && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x));
    BN_free(bn);
    return ok;
}

static bool add_extensions(X509 *x, X509 *issuer, const struct extension *e)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
    for (; e->value; e++) {
        X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, &context, e->nid, e->value);
        bool ok = made && X509_add_ext(x, made, -1);
        X509_EXTENSION_free(made);
        if (!ok)
            return false;
    }
    return true;
}

/* issuer NULL: the certificate signs itself. */
static X509 *make(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
                  enum certificate_fault fault)
{
    const struct extension *of_server = fault == CERTIFICATE_OF_ANOTHER ? anothers_extensions
                                                                        : server_extensions;
    X509 *x = X509_new();
    X509_NAME *subject = x ? X509_get_subject_name(x) : NULL;
    bool ok = subject && X509_set_version(x, X509_VERSION_3) && set_serial(x) &&
              X509_gmtime_adj(X509_getm_notBefore(x), -DAY_S) &&
              X509_gmtime_adj(X509_getm_notAfter(x),
                              fault == CERTIFICATE_ENDED ? -1 : (long)CERTIFICATE_DAYS * DAY_S) &&
              X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name,
                                         -1, -1, 0) &&
              X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : subject) &&
              X509_set_pubkey(x, key) &&
              add_extensions(x, issuer ? issuer : x, issuer ? of_server : authority_extensions) &&
              X509_sign(x, issuer_key, EVP_sha256()) > 0;
    if (ok)
        return x;
    X509_free(x);
    return NULL;
}

/* The bytes of a memory BIO as a text of its own; takes the BIO. */
static char *text_of(BIO *bio, bool written)
{
    char *data = NULL, *text = NULL;
    long count = bio && written ? BIO_get_mem_data(bio, &data) : 0;
    if (count > 0)
        text = strndup(data, (size_t)count);
    BIO_free(bio);
    return text;
}

static char *certificate_pem(X509 *x)
{
    BIO *bio = BIO_new(BIO_s_mem());
    return text_of(bio, bio && PEM_write_bio_X509(bio, x) == 1);
}

static char *key_pem(EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    return text_of(bio, bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1);
}

bool certificate_make(struct certificate *c, enum certificate_fault fault)
{
    *c = (struct certificate){ 0 };
    EVP_PKEY *authority_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
    X509 *authority = authority_key ? make("reguard-sandbox authority", authority_key, NULL,
                                           authority_key, CERTIFICATE_FINE)
                                    : NULL;
    X509 *server = authority && key ? make("localhost", key, authority, authority_key, fault)
                                    : NULL;
    if (server) {
        c->authority = certificate_pem(authority);
        c->server = certificate_pem(server);
        c->server_key = key_pem(key);
    }
    X509_free(server);
    X509_free(authority);
    EVP_PKEY_free(key);
    EVP_PKEY_free(authority_key);
    if (c->authority && c->server && c->server_key)
        return true;
    ERR_print_errors_fp(stderr);
    fputs("reguard-sandbox: no certificate could be made\n", stderr);
    certificate_done(c);
    return false;
}

void certificate_done(struct certificate *c)
{
    free(c->authority);
    free(c->server);
    free(c->server_key);
    *c = (struct certificate){ 0 };
}
