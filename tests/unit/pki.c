#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tests/unit/pki.h"
#include "tests/unit/support.h"

static EVP_PKEY *
make_key(enum pki_key kind)
{
	EVP_PKEY *key = NULL;

	switch (kind) {
	case PKI_EC:
		key = EVP_EC_gen("P-256");
		break;
	case PKI_EC192:
		key = EVP_EC_gen("prime192v1");
		break;
	case PKI_ED25519:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	case PKI_RSA1024:
		key = EVP_RSA_gen(1024);
		break;
	case PKI_RSA2048:
		key = EVP_RSA_gen(2048);
		break;
	}
	assert_non_null(key);
	return key;
}

static void
set_name(X509_NAME *name, const char *cn)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	                     (const unsigned char *)cn, -1, -1, 0),
	    1);
}

/* By hand, not from configuration text, which knows no NUL. */
static void
add_names(X509 *cert, const struct pki_want *want)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();

	for (size_t i = 0; want->dns[i] != NULL; i++) {
		GENERAL_NAME *n = GENERAL_NAME_new();
		ASN1_IA5STRING *text = ASN1_IA5STRING_new();
		size_t len = strlen(want->dns[i]);

		if (i == 0 && want->dns_len != 0)
			len = want->dns_len;
		assert_int_equal(
		    ASN1_STRING_set(text, want->dns[i], (int)len), 1);
		GENERAL_NAME_set0_value(n, GEN_DNS, text);
		sk_GENERAL_NAME_push(names, n);
	}
	if (sk_GENERAL_NAME_num(names) > 0)
		assert_int_equal(X509_add1_ext_i2d(cert, NID_subject_alt_name,
		                     names, 0, X509V3_ADD_DEFAULT),
		    1);
	GENERAL_NAMES_free(names);
}

static void
add_ca(X509 *cert)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(
	    NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");

	assert_non_null(e);
	assert_int_equal(X509_add_ext(cert, e, -1), 1);
	X509_EXTENSION_free(e);
}

static void
sign(X509 *cert, const struct pki_want *want, EVP_PKEY *key)
{
	const EVP_MD *digest;

	digest = EVP_get_digestbyname(
	    want->digest == NULL ? "SHA256" : want->digest);
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
		digest = NULL;
	assert_true(X509_sign(cert, key, digest) > 0);
}

struct pki *
pki_make(const struct pki_want *want)
{
	static long serial = 1;
	struct pki *p = calloc(1, sizeof(*p));
	int from = want->from_days, to = want->to_days;

	assert_non_null(p);
	p->key = make_key(want->key);
	p->cert = X509_new();
	assert_non_null(p->cert);
	X509_set_version(p->cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(p->cert), serial++);
	X509_time_adj_ex(
	    X509_getm_notBefore(p->cert), from == 0 ? -1 : from, 0, NULL);
	X509_time_adj_ex(
	    X509_getm_notAfter(p->cert), to == 0 ? 90 : to, 0, NULL);
	set_name(X509_get_subject_name(p->cert), want->cn);
	X509_set_issuer_name(p->cert,
	    X509_get_subject_name(
	        want->issuer == NULL ? p->cert : want->issuer->cert));
	X509_set_pubkey(p->cert, p->key);
	add_names(p->cert, want);
	if (want->ca)
		add_ca(p->cert);
	sign(p->cert, want, want->issuer == NULL ? p->key : want->issuer->key);
	return p;
}

void
pki_free(struct pki *p)
{
	if (p == NULL)
		return;
	X509_free(p->cert);
	EVP_PKEY_free(p->key);
	free(p);
}

void
pki_save(const struct pki *p, char *path)
{
	int fd = mkstemp(path);
	FILE *f;

	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, p->cert), 1);
	assert_int_equal(fclose(f), 0);
}

SSL_CTX *
pki_server(const struct pki *leaf, struct pki *const *chain, size_t n,
    int version, const char *ciphers)
{
	SSL_CTX *s = SSL_CTX_new(TLS_server_method());
	char list[128];

	assert_non_null(s);
	snprintf(list, sizeof(list), "%s:@SECLEVEL=0",
	    ciphers == NULL ? "ALL" : ciphers);
	assert_int_equal(SSL_CTX_set_cipher_list(s, list), 1);
	assert_int_equal(SSL_CTX_set_min_proto_version(
	                     s, version == 0 ? TLS1_VERSION : version),
	    1);
	assert_int_equal(SSL_CTX_set_max_proto_version(s, version), 1);
	SSL_CTX_set_dh_auto(s, 1);
	if (leaf != NULL) {
		assert_int_equal(SSL_CTX_use_certificate(s, leaf->cert), 1);
		assert_int_equal(SSL_CTX_use_PrivateKey(s, leaf->key), 1);
	}
	/* Send what is given and nothing that OpenSSL would add. */
	SSL_CTX_set_mode(s, SSL_MODE_NO_AUTO_CHAIN);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(SSL_CTX_add1_chain_cert(s, chain[i]->cert), 1);
	return s;
}
