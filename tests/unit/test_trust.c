/* SPDX-License-Identifier: Apache-2.0 */
/* Whom we trust: what is no file of certificates is none, a file that is replaced counts from the
   next look on, one that became unreadable goes on as it was, and why a certificate is refused is
   said so that somebody can do something about it. */
#include "tests/unit/unit.h"

#include "net/trust.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/reguard-trust-XXXXXX", file[64];
static struct err err;

static EVP_PKEY *key;

/* A certificate that signs itself, by that name. */
static X509 *make_certificate(const char *name)
{
    X509 *x = X509_new();
    X509_NAME *subject = X509_get_subject_name(x);
    assert_int_equal(X509_set_version(x, 2), 1);
    ASN1_INTEGER_set(X509_get_serialNumber(x), name[0]);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    assert_int_equal(X509_set_issuer_name(x, subject), 1);
    assert_int_equal(X509_set_pubkey(x, key), 1);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    return x;
}

static void put(const char *path, X509 *x)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509(f, x), 1);
    assert_int_equal(fclose(f), 0);
}

/* In the place of the old one, with another inode, as whoever renews them does. */
static void replace_with(X509 *x)
{
    char fresh[80];
    snprintf(fresh, sizeof fresh, "%s.new", file);
    put(fresh, x);
    assert_int_equal(rename(fresh, file), 0);
}

/* With what stands in the file now. */
static bool trusts(X509 *x)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    X509_STORE_CTX *chain = X509_STORE_CTX_new();
    bool applied = trust_apply(context, file);
    bool verified = applied &&
                    X509_STORE_CTX_init(chain, SSL_CTX_get_cert_store(context), x, NULL) == 1 &&
                    X509_verify_cert(chain) == 1;
    X509_STORE_CTX_free(chain);
    SSL_CTX_free(context);
    return verified;
}

static void a_replaced_file_counts_from_the_next_look_on(void **state)
{
    (void)state;
    X509 *old = make_certificate("old"), *fresh = make_certificate("fresh");
    put(file, old);
    assert_true(trusts(old) && !trusts(fresh));
    replace_with(fresh);
    assert_true(trusts(old)); /* nobody has asked to look */
    trust_look_again();
    assert_true(trusts(fresh) && !trusts(old));
    unit_write(file, "half of it", 10);
    trust_look_again();
    assert_true(trusts(fresh)); /* while nothing can be made of it */
    replace_with(old);
    trust_look_again();
    assert_true(trusts(old) && !trusts(fresh));
    X509_free(old);
    X509_free(fresh);
}

/* There are as many places for what is kept as there are sections that name a file. */
static void more_files_than_are_kept_work_all_the_same(void **state)
{
    enum { MORE_THAN_KEPT = 12 };
    (void)state;
    char paths[MORE_THAN_KEPT][80], kept[sizeof file];
    X509 *x = make_certificate("x");
    STR_SET(kept, file);
    for (size_t i = 0; i < MORE_THAN_KEPT; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%zu", folder, i);
        STR_SET(file, paths[i]);
        put(file, x);
        assert_true(trusts(x));
        unlink(paths[i]);
    }
    assert_false(trusts(x)); /* the last one has no place, and is gone */
    STR_SET(file, kept);
    X509_free(x);
}

static void what_holds_no_certificate_is_refused(void **state)
{
    (void)state;
    char other[80], wanted[200];
    X509 *x = make_certificate("x");
    snprintf(other, sizeof other, "%s/other", folder);
    put(other, x);
    assert_true(trust_file_check(other, &err));
    unit_write(other, "no PEM", 6);
    assert_false(trust_file_check(other, &err));
    snprintf(wanted, sizeof wanted, "%s holds no certificate (PEM)", other);
    assert_string_equal(err.text, wanted);
    unlink(other);
    assert_false(trust_file_check(other, &err));
    snprintf(wanted, sizeof wanted, "%s: No such file or directory", other);
    assert_string_equal(err.text, wanted);
    X509_free(x);
}

static void versions_differ_with_each_part(void **state)
{
    (void)state;
    struct trust_version none = trust_version_of(""), gone = trust_version_of("/nowhere"), v;
    assert_true(trust_version_equal(&none, &gone));
    unit_write(file, "x", 1);
    v = trust_version_of(file);
    assert_false(trust_version_equal(&none, &v));
    struct trust_version others[] = { v, v, v, v };
    others[0].seconds++;
    others[1].nanoseconds++;
    others[2].size++;
    others[3].inode++;
    for (size_t i = 0; i < COUNT(others); i++)
        assert_false(trust_version_equal(&v, &others[i]));
}

static void a_refusal_says_what_can_be_done(void **state)
{
    (void)state;
    static const long of_time[] = { X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID };
    for (size_t i = 0; i < COUNT(of_time); i++) {
        const char *why = trust_reason(of_time[i]);
        assert_non_null(strstr(why, X509_verify_cert_error_string(of_time[i])));
        assert_non_null(strstr(why, "or the clock of reguard's machine is wrong, which says 20"));
        assert_null(strstr(why, "T")); /* the day alone: an hour would be news each time */
    }
    assert_string_equal(trust_reason(X509_V_OK), "it is for another name");
    assert_string_equal(trust_reason(X509_V_ERR_UNSPECIFIED), "it is for another name");
    assert_string_equal(trust_reason(X509_V_ERR_CERT_REVOKED), "certificate revoked");
}

static int begin(void **state)
{
    (void)state;
    key = EVP_EC_gen("P-256");
    if (!key || !mkdtemp(folder))
        return -1;
    snprintf(file, sizeof file, "%s/anchors", folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    unlink(file);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replaced_file_counts_from_the_next_look_on),
        cmocka_unit_test(more_files_than_are_kept_work_all_the_same),
        cmocka_unit_test(what_holds_no_certificate_is_refused),
        cmocka_unit_test(versions_differ_with_each_part),
        cmocka_unit_test(a_refusal_says_what_can_be_done),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
