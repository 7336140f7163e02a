#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "agent/base/text.h"

#include "agent/net/tls_facts.h"

/* ------------------------------------------------------------------ text */

/* A name as RFC 4514 writes it, except that UTF-8 stays readable. */
static char *
name_text(const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes, *text = NULL;
	long len;

	if (bio == NULL)
		return NULL;
	if (X509_NAME_print_ex(bio, name, 0,
	        XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
		len = BIO_get_mem_data(bio, &bytes);
		text = text_safe_dup(bytes, len < 0 ? 0 : (size_t)len);
	} else
		text = strdup("(unreadable)");
	BIO_free(bio);
	return text;
}

/* Append one DNS name; false when there is no room for it. */
static bool
add_name(struct buf *out, const ASN1_IA5STRING *name)
{
	char *safe = text_safe_dup(
	    ASN1_STRING_get0_data(name), (size_t)ASN1_STRING_length(name));
	bool fits;

	if (safe == NULL) {
		out->failed = true;
		return false;
	}
	fits = out->len + 1 + strlen(safe) + strlen(" ...") <= TEXT_MAX;
	if (fits)
		buf_printf(out, "%s%s", out->len == 0 ? "" : " ", safe);
	free(safe);
	return fits;
}

/* The DNS names of the certificate; "..." when not all are listed. */
static char *
dns_names(const X509 *cert)
{
	GENERAL_NAMES *all =
	    X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	unsigned kept = 0;
	struct buf out;

	buf_init(&out, TEXT_MAX);
	buf_puts(&out, "");
	for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(all, i);

		if (n->type != GEN_DNS)
			continue;
		if (kept++ == TLS_NAMES_MAX || !add_name(&out, n->d.dNSName)) {
			buf_puts(&out, out.len == 0 ? "..." : " ...");
			break;
		}
	}
	GENERAL_NAMES_free(all);
	return buf_take(&out);
}

/* ------------------------------------------------------------------ keys */

/* Kinds of key: how they are shown, and below how many bits they are weak. */
static const struct kind {
	int id;
	const char *name;
	bool bits; /* the size is part of what it is */
	int weak_below;
} kinds[] = {
	{ EVP_PKEY_RSA, "RSA", true, 2048 },
	{ EVP_PKEY_RSA_PSS, "RSA-PSS", true, 2048 },
	{ EVP_PKEY_DSA, "DSA", true, INT_MAX },
	{ EVP_PKEY_EC, "EC", true, 224 },
	{ EVP_PKEY_ED25519, "ED25519", false, 0 },
	{ EVP_PKEY_ED448, "ED448", false, 0 },
};

static const struct kind *
kind_of(const EVP_PKEY *key)
{
	static const struct kind other = { 0, "of another kind", true, 0 };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].id == EVP_PKEY_get_base_id(key))
			return &kinds[i];
	return &other;
}

static void
describe_key(const EVP_PKEY *key, char *out, size_t size)
{
	const struct kind *kind;
	char group[64];
	size_t len;

	if (key == NULL) {
		snprintf(out, size, "unreadable");
		return;
	}
	kind = kind_of(key);
	if (kind->id == EVP_PKEY_EC &&
	    EVP_PKEY_get_group_name(key, group, sizeof(group), &len) == 1)
		snprintf(out, size, "%s %s", kind->name, group);
	else if (kind->bits)
		snprintf(
		    out, size, "%s %d", kind->name, EVP_PKEY_get_bits(key));
	else
		snprintf(out, size, "%s", kind->name);
}

static void
describe_signature(const X509 *cert, char *out, size_t size)
{
	const X509_ALGOR *algorithm;
	const ASN1_OBJECT *object;

	X509_get0_signature(NULL, &algorithm, cert);
	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	if (OBJ_obj2txt(out, (int)size, object, 0) <= 0)
		snprintf(out, size, "unreadable");
}

/* ------------------------------------------------------------------ weak */

static bool
weak_digest(X509 *cert)
{
	int digest;

	if (X509_get_signature_info(cert, &digest, NULL, NULL, NULL) != 1)
		return false;
	return digest == NID_sha1 || digest == NID_md5 || digest == NID_md4 ||
	    digest == NID_md2 || digest == NID_md5_sha1;
}

static void
add_weak(struct buf *out, const char *what, const char *name, int place)
{
	buf_printf(out, "%s%s %s", out->len == 0 ? "" : "; ", what, name);
	if (place > 0)
		buf_printf(out, " (issuer %d in the chain)", place);
}

/* Nobody checks the signature of a root on itself; that of a leaf on itself
 * is the only one there is. */
static void
judge_strength(X509 *cert, int place, struct buf *weak)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);
	char text[96];

	if (key != NULL && EVP_PKEY_get_bits(key) < kind_of(key)->weak_below) {
		describe_key(key, text, sizeof(text));
		add_weak(weak, "key", text, place);
	}
	if (place > 0 && (X509_get_extension_flags(cert) & EXFLAG_SS) != 0)
		return;
	if (weak_digest(cert)) {
		describe_signature(cert, text, sizeof(text));
		add_weak(weak, "signature", text, place);
	}
}

static int
find_weak(STACK_OF(X509) * chain, struct obs_tls *obs)
{
	struct buf weak;

	buf_init(&weak, 4096);
	for (int i = 0; i < sk_X509_num(chain); i++)
		judge_strength(sk_X509_value(chain, i), i, &weak);
	if (weak.len > 0)
		obs->weak = text_safe_dup(weak.data, weak.len);
	buf_free(&weak);
	return weak.failed || (weak.len > 0 && obs->weak == NULL) ? -1 : 0;
}

/* ----------------------------------------------------------------- dates */

/* A date that cannot be read is 1970: nobody takes such a certificate. */
static struct wall
read_time(const ASN1_TIME *time)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) != 1)
		return (struct wall){ 0 };
	return (struct wall){ (int64_t)timegm(&tm) * 1000000 };
}

/* The narrowest dates of the first n. */
static void
find_dates(STACK_OF(X509) * chain, int n, struct obs_tls *obs)
{
	for (int i = 0; i < n; i++) {
		const X509 *cert = sk_X509_value(chain, i);
		struct wall from = read_time(X509_get0_notBefore(cert));
		struct wall to = read_time(X509_get0_notAfter(cert));

		if (i == 0 || from.us > obs->not_before.us)
			obs->not_before = from;
		if (i == 0 || to.us < obs->not_after.us)
			obs->not_after = to;
	}
}

/*
 * On a path to a trust anchor only what is on it counts, and not the anchor
 * itself: a server may well send a certificate that has run out and that
 * nobody needs, such as the cross-signature of an old root.
 */
static void
find_path_dates(STACK_OF(X509) * path, struct obs_tls *obs)
{
	int n = sk_X509_num(path);

	find_dates(path, n > 1 ? n - 1 : n, obs);
}

/* ----------------------------------------------------------------- trust */

/*
 * Is there a path to a trust anchor?  Its dates are left aside: they are
 * facts of their own, and a path that has run out would otherwise hide that
 * there is none.
 */
static int
judge_path(STACK_OF(X509) * chain, X509_STORE *anchors, struct obs_tls *obs)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int error, found;

	if (ctx == NULL ||
	    X509_STORE_CTX_init(ctx, anchors, sk_X509_value(chain, 0), chain) !=
	        1 ||
	    X509_STORE_CTX_set_default(ctx, "ssl_server") != 1) {
		X509_STORE_CTX_free(ctx);
		return -1;
	}
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_NO_CHECK_TIME);
	X509_STORE_CTX_set_depth(ctx, TLS_CHAIN_MAX);
	found = X509_verify_cert(ctx);
	error = X509_STORE_CTX_get_error(ctx);
	if (found == 1)
		find_path_dates(X509_STORE_CTX_get0_chain(ctx), obs);
	X509_STORE_CTX_free(ctx);
	if (found == 1) {
		obs->trusted = TRI_YES;
		return 0;
	}
	/* It could not be found out: a failure of ours. */
	if (error == X509_V_OK || error == X509_V_ERR_OUT_OF_MEM ||
	    error == X509_V_ERR_UNSPECIFIED)
		return 0;
	obs->trusted = TRI_NO;
	obs->trust_error = strdup(X509_verify_cert_error_string(error));
	return obs->trust_error == NULL ? -1 : 0;
}

/* RFC 9525: DNS names only, never the common name; "*" is a whole label. */
enum tri
tls_facts_name(X509 *leaf, const char *host)
{
	int match;

	if (host == NULL || *host == '\0')
		return TRI_UNKNOWN;
	match = X509_check_host(leaf, host, strlen(host),
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
	        X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
	    NULL);
	if (match < 0)
		return TRI_UNKNOWN;
	return match == 1 ? TRI_YES : TRI_NO;
}

/* ------------------------------------------------------------- the whole */

static int
leaf_texts(X509 *leaf, struct obs_tls *obs)
{
	char text[96];

	obs->subject = name_text(X509_get_subject_name(leaf));
	obs->issuer = name_text(X509_get_issuer_name(leaf));
	obs->names = dns_names(leaf);
	describe_key(X509_get0_pubkey(leaf), text, sizeof(text));
	obs->key = text_safe_dup(text, strlen(text));
	describe_signature(leaf, text, sizeof(text));
	obs->signature = text_safe_dup(text, strlen(text));
	return obs->subject == NULL || obs->issuer == NULL ||
	        obs->names == NULL || obs->key == NULL ||
	        obs->signature == NULL ?
	    -1 :
	    0;
}

/* The first of the certificates; they stay owned by sent. */
static STACK_OF(X509) * first_of(STACK_OF(X509) * sent)
{
	STACK_OF(X509) *first = sk_X509_new_null();

	for (int i = 0;
	     first != NULL && i < sk_X509_num(sent) && i < TLS_CHAIN_MAX; i++) {
		if (sk_X509_push(first, sk_X509_value(sent, i)) > 0)
			continue;
		sk_X509_free(first);
		return NULL;
	}
	return first;
}

int
tls_facts_chain(struct obs_tls *obs, STACK_OF(X509) * sent, X509_STORE *anchors)
{
	STACK_OF(X509) *chain = first_of(sent);
	X509 *leaf = sk_X509_value(sent, 0);
	int failed = -1;

	if (chain == NULL)
		return -1;
	obs->certificate = true;
	obs->chain = (unsigned)sk_X509_num(sent);
	find_dates(chain, sk_X509_num(chain), obs);
	if (leaf_texts(leaf, obs) == 0 && find_weak(chain, obs) == 0 &&
	    judge_path(chain, anchors, obs) == 0)
		failed = 0;
	sk_X509_free(chain);
	return failed;
}
