#include "host/trust.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <string.h>
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

/* Files are as few as the sections of the configuration; past the places a store is made each
   time. */
static X509_STORE *store_for(const char *ca_file)
{
    static struct {
        char file[TRUST_PATH_BYTES];
        X509_STORE *store;
    } kept[TRUST_STORES];
    size_t i = 0;
    while (i < TRUST_STORES && kept[i].store && !str_equal(kept[i].file, ca_file))
        i++;
    if (i == TRUST_STORES || (!kept[i].store && !STR_SET(kept[i].file, ca_file)))
        return store_new(ca_file);
    if (!kept[i].store)
        kept[i].store = store_new(ca_file);
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

bool trust_file_check(const char *ca_file, struct err *err)
{
    if (access(ca_file, R_OK) != 0)
        return err_set(err, "%s: %s", ca_file, strerror(errno));
    X509_STORE *store = X509_STORE_new();
    bool fine = store && X509_STORE_load_file(store, ca_file) == 1;
    X509_STORE_free(store);
    return fine || err_set(err, "%s holds no certificate (PEM)", ca_file);
}
