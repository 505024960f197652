/* SPDX-License-Identifier: Apache-2.0 */
#include "net/trust.h"
#include "host/log.h"
#include "core/xalloc.h"
#include "host/clock.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRUST_STORES = 8, TRUST_PATH_BYTES = 1024 };

/* A folder of certificates under their hashes (openssl-rehash(1)) is asked for the one that a chain
   needs. */
static bool has_hashes(const char *folder)
{
    DIR *dir = opendir(folder);
    bool found = false;
    for (const struct dirent *e = dir ? readdir(dir) : NULL; e && !found; e = readdir(dir))
        found = strlen(e->d_name) == 10 && strcmp(e->d_name + 8, ".0") == 0;
    if (dir)
        closedir(dir);
    return found;
}

/* The whole bundle is read only where there is no such folder: it is more than a hundred
   certificates, and one is needed. */
static bool add_system(X509_STORE *store)
{
    const char *folder = X509_get_default_cert_dir();
    return has_hashes(folder) ? X509_STORE_load_path(store, folder) == 1
                              : X509_STORE_set_default_paths(store) == 1;
}

static X509_STORE *store_new(const char *ca_file)
{
    X509_STORE *store = X509_STORE_new();
    if (store && add_system(store) && (!ca_file[0] || X509_STORE_load_file(store, ca_file) == 1))
        return store;
    X509_STORE_free(store);
    return NULL;
}

struct trust_version trust_version_of(const char *file)
{
    struct stat st;
    struct trust_version version = { .size = -1 };
    if (file[0] && stat(file, &st) == 0)
        version = (struct trust_version){ .seconds = st.st_mtim.tv_sec,
                                          .nanoseconds = st.st_mtim.tv_nsec,
                                          .size = st.st_size,
                                          .inode = (int64_t)st.st_ino };
    return version;
}

bool trust_version_equal(const struct trust_version *a, const struct trust_version *b)
{
    return a->seconds == b->seconds && a->nanoseconds == b->nanoseconds && a->size == b->size &&
           a->inode == b->inode;
}

struct kept_store {
    char file[TRUST_PATH_BYTES];
    struct trust_version version;
    unsigned looked; /* the value of `looks` then */
    X509_STORE *store;
};
static unsigned looks;

void trust_look_again(void) { looks++; }

/* What was put into the place of the file is read, too. While nothing can be made of that, perhaps
   because it is being written, what was there goes on to hold. */
static void read_if_changed(struct kept_store *kept)
{
    if (kept->store && kept->looked == looks)
        return;
    struct trust_version now = trust_version_of(kept->file);
    kept->looked = looks;
    if (kept->store && trust_version_equal(&kept->version, &now))
        return;
    X509_STORE *fresh = store_new(kept->file);
    if (kept->store)
        LOG(fresh ? LOG_INFO : LOG_ERROR, fresh ? "trust.read_again" : "trust.unreadable",
            LS("file", kept->file));
    kept->version = now;
    if (!fresh)
        return;
    X509_STORE_free(kept->store);
    kept->store = fresh;
}

/* Files are as few as the sections of the configuration; past the places a store is made each
   time. */
static X509_STORE *store_for(const char *ca_file)
{
    static struct kept_store kept[TRUST_STORES];
    size_t i = 0;
    while (i < TRUST_STORES && kept[i].store && !str_equal(kept[i].file, ca_file))
        i++;
    if (i == TRUST_STORES || (!kept[i].store && !STR_SET(kept[i].file, ca_file)))
        return store_new(ca_file);
    read_if_changed(&kept[i]);
    if (kept[i].store)
        X509_STORE_up_ref(kept[i].store);
    return kept[i].store;
}

bool trust_apply(void *ssl_context, const char *ca_file)
{
    X509_STORE *store = store_for(str_or_empty(ca_file));
    if (!store)
        return false;
    SSL_CTX_set_cert_store(ssl_context, store); /* takes the reference over */
    return SSL_CTX_set_min_proto_version(ssl_context, TLS1_2_VERSION) == 1;
}

/* libcurl compares names itself, and leaves the code as it was before anything was verified. A
   clock that is years off makes every certificate one for another time. The day only: a reason that
   differs each time would be news each time. */
const char *trust_reason(long code)
{
    static char of_time[TRUST_WHY_BYTES];
    char now[CLOCK_ISO_BYTES];
    if (code == X509_V_ERR_CERT_HAS_EXPIRED || code == X509_V_ERR_CERT_NOT_YET_VALID) {
        clock_iso(clock_wall_ms(), now);
        snprintf(of_time, sizeof of_time,
                 "%s; or the clock of reguard's machine is wrong, which says %.10s: set it",
                 X509_verify_cert_error_string(code), now);
        return of_time;
    }
    bool named = code != X509_V_OK && code != X509_V_ERR_UNSPECIFIED;
    return named ? X509_verify_cert_error_string(code) : "it is for another name";
}

static int verify_and_note(X509_STORE_CTX *chain, void *why)
{
    int verified = X509_verify_cert(chain);
    if (verified == 1)
        return verified;
    trust_look_again();
    snprintf(why, TRUST_WHY_BYTES, "its certificate is not trusted (%s)",
             trust_reason(X509_STORE_CTX_get_error(chain)));
    return verified;
}

void trust_note_why(void *ssl_context, char why[TRUST_WHY_BYTES])
{
    SSL_CTX_set_cert_verify_callback(ssl_context, verify_and_note, why);
}

bool trust_file_check(const char *ca_file, struct err *err)
{
    if (access(ca_file, R_OK) != 0)
        return err_set(err, "%s: %s", ca_file, strerror(errno));
    ERR_clear_error();
    X509_STORE *store = X509_STORE_new();
    bool fine = store && X509_STORE_load_file(store, ca_file) == 1;
    X509_STORE_free(store);
    for (unsigned long code; !fine && (code = ERR_get_error()) != 0;)
        if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
            xalloc_failed(); /* the file is not to blame */
    if (!store)
        xalloc_failed();
    return fine || err_set(err, "%s holds no certificate (PEM)", ca_file);
}
