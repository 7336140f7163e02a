#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/net/tls.h"
#include "tests/unit/pki.h"
#include "tests/unit/support.h"
#include "tests/unit/tls_pair.h"

/* What certificates show, after handshakes in memory. */

/* Who may sign; the first is the trust anchor. */
enum { ROOT, MIDDLE, OLD_MIDDLE, SHA1_MIDDLE, SHA1_ROOT, NISSUERS };

static struct pki *issuer[NISSUERS];
static struct tls_context *trust;
static char ca_path[] = "/tmp/test_tls.XXXXXX";

#define HOST "mx.example.org"
#define DAY  (86400LL * 1000000)

struct row {
	const char *label;
	struct pki_want leaf;
	int signer;       /* 1 + index in issuer; 0: itself */
	int chain[3];     /* the same, sent after the leaf */
	const char *host; /* NULL: HOST */
	/* What must come of it. */
	enum tri name_ok, trusted;
	const char *trust_error;
	const char *key, *signature, *weak; /* NULL key: EC, signature: its */
	const char *names;                  /* NULL: HOST */
	int from_days, to_days;             /* 0: -1 and 90 */
};

#define BY(n)       ((n) + 1)
#define NAMED       .dns = { HOST }
#define NAMED_HOST  .cn = "leaf", NAMED
#define BY_MIDDLE   .signer = BY(MIDDLE), .chain = { BY(MIDDLE) }
#define TRUSTED     .trusted = TRI_YES
#define SELF_SIGNED .trusted = TRI_NO, .trust_error = "self-signed certificate"

/* clang-format off */
static const struct row rows[] = {
	{ "fine", .leaf = { NAMED_HOST }, BY_MIDDLE, .name_ok = TRI_YES,
	    TRUSTED },
	{ "issuer not sent", .leaf = { NAMED_HOST }, .signer = BY(MIDDLE),
	    .name_ok = TRI_YES, .trusted = TRI_NO,
	    .trust_error = "unable to get local issuer certificate" },
	{ "self-signed", .leaf = { NAMED_HOST }, .name_ok = TRI_YES,
	    SELF_SIGNED },
	{ "another root", .leaf = { NAMED_HOST }, .signer = BY(SHA1_ROOT),
	    .chain = { BY(SHA1_ROOT) }, .name_ok = TRI_YES, .trusted = TRI_NO,
	    .trust_error = "self-signed certificate in certificate chain" },
	/* Dates are left aside when trust is judged. */
	{ "expired", .leaf = { NAMED_HOST, .from_days = -30, .to_days = -5 },
	    BY_MIDDLE, .name_ok = TRI_YES, TRUSTED, .to_days = -5 },
	{ "not yet valid", .leaf = { NAMED_HOST, .from_days = 5 }, BY_MIDDLE,
	    .name_ok = TRI_YES, TRUSTED, .from_days = 5 },
	{ "issuer expired", .leaf = { NAMED_HOST }, .signer = BY(OLD_MIDDLE),
	    .chain = { BY(OLD_MIDDLE) }, .name_ok = TRI_YES, TRUSTED,
	    .to_days = -2 },
	{ "expired, and on nobody's path", .leaf = { NAMED_HOST },
	    .signer = BY(MIDDLE), .chain = { BY(MIDDLE), BY(OLD_MIDDLE) },
	    .name_ok = TRI_YES, TRUSTED },
	/* Names. */
	{ "wrong name", .leaf = { .cn = "l", .dns = { "mx.example.net" } },
	    BY_MIDDLE, .name_ok = TRI_NO, TRUSTED, .names = "mx.example.net" },
	{ "second name", .leaf = { .cn = "l", .dns = { "a.example", HOST } },
	    BY_MIDDLE, .name_ok = TRI_YES, TRUSTED,
	    .names = "a.example " HOST },
	{ "case does not matter",
	    .leaf = { .cn = "l", .dns = { "MX.Example.Org" } }, BY_MIDDLE,
	    .name_ok = TRI_YES, TRUSTED, .names = "MX.Example.Org" },
	{ "common name only", .leaf = { .cn = HOST }, BY_MIDDLE,
	    .name_ok = TRI_NO, TRUSTED, .names = "" },
	{ "wildcard", .leaf = { .cn = "l", .dns = { "*.example.org" } },
	    BY_MIDDLE, .name_ok = TRI_YES, TRUSTED, .names = "*.example.org" },
	{ "wildcard is one label",
	    .leaf = { .cn = "l", .dns = { "*.example.org" } }, BY_MIDDLE,
	    .host = "a.mx.example.org", .name_ok = TRI_NO, TRUSTED,
	    .names = "*.example.org" },
	{ "wildcard in part",
	    .leaf = { .cn = "l", .dns = { "m*.example.org" } }, BY_MIDDLE,
	    .name_ok = TRI_NO, TRUSTED, .names = "m*.example.org" },
	{ "NUL in a name",
	    .leaf = { .cn = "l",
	        .dns = { "mx.example.org\0.evil.test" },
	        .dns_len = 25 },
	    BY_MIDDLE, .name_ok = TRI_NO, TRUSTED,
	    .names = "mx.example.org\\x00.evil.test" },
	{ "no host was meant", .leaf = { NAMED_HOST }, BY_MIDDLE, .host = "",
	    .name_ok = TRI_UNKNOWN, TRUSTED },
	/* Keys and signatures. */
	{ "RSA 2048", .leaf = { NAMED_HOST, .key = PKI_RSA2048 }, BY_MIDDLE,
	    .name_ok = TRI_YES, TRUSTED, .key = "RSA 2048" },
	{ "RSA 1024", .leaf = { NAMED_HOST, .key = PKI_RSA1024 }, BY_MIDDLE,
	    .name_ok = TRI_YES, TRUSTED, .key = "RSA 1024",
	    .weak = "key RSA 1024" },
	{ "Ed25519", .leaf = { NAMED_HOST, .key = PKI_ED25519 },
	    .name_ok = TRI_YES, SELF_SIGNED, .key = "ED25519",
	    .signature = "ED25519" },
	{ "SHA-1", .leaf = { NAMED_HOST, .digest = "SHA1" }, BY_MIDDLE,
	    .name_ok = TRI_YES, TRUSTED, .signature = "ecdsa-with-SHA1",
	    .weak = "signature ecdsa-with-SHA1" },
	{ "RSA 1024 and MD5, by itself",
	    .leaf = { NAMED_HOST, .key = PKI_RSA1024, .digest = "MD5" },
	    .name_ok = TRI_YES, SELF_SIGNED, .key = "RSA 1024",
	    .signature = "md5WithRSAEncryption",
	    .weak = "key RSA 1024; signature md5WithRSAEncryption" },
	{ "issuer's SHA-1", .leaf = { NAMED_HOST }, .signer = BY(SHA1_MIDDLE),
	    .chain = { BY(SHA1_MIDDLE) }, .name_ok = TRI_YES, TRUSTED,
	    .weak = "signature ecdsa-with-SHA1 (issuer 1 in the chain)" },
	{ "a root's SHA-1 does not matter", .leaf = { NAMED_HOST },
	    .signer = BY(MIDDLE), .chain = { BY(MIDDLE), BY(SHA1_ROOT) },
	    .name_ok = TRI_YES, TRUSTED },
	/* Text. */
	{ "more names than are kept",
	    .leaf = { .cn = "l",
	        .dns = { "1", "2", "3", "4", "5", "6", "7", "8", "9", "10",
	            "11", "12", "13", "14", "15", "16", "17", "18", "19", "20",
	            "21", "22" } },
	    BY_MIDDLE, .name_ok = TRI_NO, TRUSTED,
	    .names = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 ..." },
};
/* clang-format on */

#define NROWS (sizeof(rows) / sizeof(rows[0]))

static void
assert_day(const char *label, struct wall got, int want)
{
	long long off = got.us - (clock_wall().us + want * DAY);

	if (off > 60000000 || off < -60000000)
		fail_msg("%s: off by %lld s", label, off / 1000000);
}

static void
assert_text(const char *label, const char *got, const char *want)
{
	if ((got == NULL) != (want == NULL) ||
	    (got != NULL && strcmp(got, want) != 0))
		fail_msg("%s: \"%s\", not \"%s\"", label,
		    got == NULL ? "(null)" : got,
		    want == NULL ? "(null)" : want);
}

static void
assert_facts(const struct row *r, const struct obs_tls *o)
{
	assert_non_null(o);
	assert_true(o->established && o->certificate);
	assert_null(o->error);
	assert_true(o->handshake_ms > 0);
	assert_int_equal(o->name_ok, r->name_ok);
	assert_int_equal(o->trusted, r->trusted);
	assert_text(r->label, o->trust_error, r->trust_error);
	assert_text(
	    r->label, o->key, r->key == NULL ? "EC prime256v1" : r->key);
	assert_text(r->label, o->signature,
	    r->signature == NULL ? "ecdsa-with-SHA256" : r->signature);
	assert_text(r->label, o->weak, r->weak);
	assert_text(r->label, o->names, r->names == NULL ? HOST : r->names);
	assert_day(
	    r->label, o->not_before, r->from_days == 0 ? -1 : r->from_days);
	assert_day(r->label, o->not_after, r->to_days == 0 ? 90 : r->to_days);
}

static void
certificate(void **state)
{
	const struct row *r = *state;
	const char *host = r->host == NULL ? HOST : r->host;
	struct pki_want want = r->leaf;
	struct pki *leaf, *chain[3];
	struct obs_tls *o;
	struct pair p;
	SSL_CTX *server;
	size_t n = 0;

	if (r->signer != 0)
		want.issuer = issuer[r->signer - 1];
	while (n < 3 && r->chain[n] != 0) {
		chain[n] = issuer[r->chain[n] - 1];
		n++;
	}
	leaf = pki_make(&want);
	server = pki_server(leaf, chain, n, 0, NULL);
	pair_begin(&p, trust, server, host);
	if (pair_shake(&p) != TLS_DONE)
		fail_msg("%s", tls_error(p.tls));
	/* What is judged, and what is then known of it, for any host. */
	for (int i = 0; i < 3; i++) {
		o = tls_facts(p.tls, i == 1 ? "mx.elsewhere.test" : host);
		assert_non_null(o);
		if (i == 1) {
			assert_int_not_equal(o->name_ok, TRI_YES);
			o->name_ok = r->name_ok;
		}
		assert_facts(r, o);
		assert_int_equal(o->chain, n + 1);
		obs_tls_free(o);
	}
	pair_end(&p);
	SSL_CTX_free(server);
	pki_free(leaf);
}

/* A handshake with leaf and its facts. */
static struct obs_tls *
facts_of(const struct pki *leaf, struct pki *const *chain, size_t n,
    int version, const char *ciphers)
{
	SSL_CTX *server = pki_server(leaf, chain, n, version, ciphers);
	struct obs_tls *o;
	struct pair p;

	pair_begin(&p, trust, server, HOST);
	pair_shake(&p);
	o = tls_facts(p.tls, HOST);
	assert_non_null(o);
	pair_end(&p);
	SSL_CTX_free(server);
	return o;
}

/* The same leaf, then without its issuer, then another leaf of that name. */
static void
what_changed_is_judged_anew(void **state)
{
	const struct pki_want want = { NAMED_HOST, .issuer = issuer[MIDDLE] };
	const struct pki_want late = { NAMED_HOST, .issuer = issuer[MIDDLE],
		.to_days = 5 };
	struct pki *leaf = pki_make(&want), *other = pki_make(&late);
	struct obs_tls *whole = facts_of(leaf, &issuer[MIDDLE], 1, 0, NULL);
	struct obs_tls *alone = facts_of(leaf, NULL, 0, 0, NULL);
	struct obs_tls *next = facts_of(other, &issuer[MIDDLE], 1, 0, NULL);

	(void)state;
	assert_int_equal(whole->trusted, TRI_YES);
	assert_int_equal(alone->trusted, TRI_NO);
	assert_int_equal(next->trusted, TRI_YES);
	assert_true(next->not_after.us < whole->not_after.us);
	obs_tls_free(whole);
	obs_tls_free(alone);
	obs_tls_free(next);
	pki_free(leaf);
	pki_free(other);
}

/* A key that OpenSSL would not use in a handshake is still seen. */
static void
short_curve_of_an_issuer(void **state)
{
	const struct pki_want want = { .cn = "short", .key = PKI_EC192 };
	const struct pki_want plain = { NAMED_HOST };
	struct pki *extra = pki_make(&want), *leaf = pki_make(&plain);
	struct obs_tls *o = facts_of(leaf, &extra, 1, 0, NULL);

	(void)state;
	assert_text(
	    "short", o->weak, "key EC prime192v1 (issuer 1 in the chain)");
	obs_tls_free(o);
	pki_free(extra);
	pki_free(leaf);
}

static void
text_from_certificates_is_safe(void **state)
{
	const struct pki_want want = { .cn = "a\x1b[2J\xc3\xbc\xe2\x80\xae",
		.dns = { HOST } };
	struct pki *leaf = pki_make(&want);
	struct obs_tls *o = facts_of(leaf, NULL, 0, 0, NULL);

	(void)state;
	assert_null(strchr(o->subject, '\x1b'));
	assert_null(strstr(o->subject, "\xe2\x80\xae"));
	assert_non_null(strstr(o->subject, "CN=a"));
	assert_non_null(strstr(o->subject, "\xc3\xbc"));
	assert_string_equal(o->subject, o->issuer);
	obs_tls_free(o);
	pki_free(leaf);
}

static void
names_are_bounded(void **state)
{
	struct pki_want want = { .cn = "long" };
	struct pki *leaf;
	struct obs_tls *o;
	char name[100];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i < 10; i++)
		want.dns[i] = name;
	leaf = pki_make(&want);
	o = facts_of(leaf, NULL, 0, 0, NULL);
	assert_true(strlen(o->names) > 400 && strlen(o->names) <= 512);
	assert_non_null(strstr(o->names, " ..."));
	obs_tls_free(o);
	pki_free(leaf);
}

static void
long_chain_is_counted(void **state)
{
	const struct pki_want want = { NAMED_HOST };
	struct pki *leaf = pki_make(&want), *chain[29];
	struct obs_tls *o;

	(void)state;
	for (size_t i = 0; i < 29; i++)
		chain[i] = issuer[i < 25 ? MIDDLE : OLD_MIDDLE];
	o = facts_of(leaf, chain, 29, 0, NULL);
	assert_true(o->established);
	assert_int_equal(o->chain, 30);
	/* The expired ones are behind those that are looked at. */
	assert_day("chain", o->not_after, 90);
	obs_tls_free(o);
	pki_free(leaf);
}

static void
chain_over_the_limit_fails(void **state)
{
	const struct pki_want want = { NAMED_HOST };
	struct pki *leaf = pki_make(&want), *chain[300];
	struct obs_tls *o;

	(void)state;
	for (size_t i = 0; i < 300; i++)
		chain[i] = issuer[MIDDLE];
	o = facts_of(leaf, chain, 300, TLS1_2_VERSION, NULL);
	assert_false(o->established || o->certificate);
	assert_string_equal(o->error, "excessive message size");
	obs_tls_free(o);
	pki_free(leaf);
}

static void
anonymous_suite_has_no_certificate(void **state)
{
	struct obs_tls *o = facts_of(NULL, NULL, 0, TLS1_2_VERSION, "aNULL");

	(void)state;
	assert_true(o->established);
	assert_false(o->certificate);
	assert_non_null(o->cipher);
	assert_int_equal(o->trusted, TRI_UNKNOWN);
	assert_null(o->subject);
	obs_tls_free(o);
}

static int
set_up(void **state)
{
	const struct pki_want root = { .cn = "root", .ca = true };
	const struct pki_want sha1_root = {
		.cn = "old root", .ca = true, .digest = "SHA1"
	};
	struct pki_want middle = { .cn = "middle", .ca = true };
	char why[256];

	(void)state;
	issuer[ROOT] = pki_make(&root);
	issuer[SHA1_ROOT] = pki_make(&sha1_root);
	middle.issuer = issuer[ROOT];
	issuer[MIDDLE] = pki_make(&middle);
	middle.cn = "old middle";
	middle.from_days = -90;
	middle.to_days = -2;
	issuer[OLD_MIDDLE] = pki_make(&middle);
	middle.cn = "sha1 middle";
	middle.from_days = middle.to_days = 0;
	middle.digest = "SHA1";
	issuer[SHA1_MIDDLE] = pki_make(&middle);
	pki_save(issuer[ROOT], ca_path);
	trust = tls_context_new(ca_path, why, sizeof(why));
	return trust == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(ca_path);
	tls_context_free(trust);
	for (size_t i = 0; i < NISSUERS; i++)
		pki_free(issuer[i]);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest others[] = {
		cmocka_unit_test(what_changed_is_judged_anew),
		cmocka_unit_test(short_curve_of_an_issuer),
		cmocka_unit_test(text_from_certificates_is_safe),
		cmocka_unit_test(names_are_bounded),
		cmocka_unit_test(long_chain_is_counted),
		cmocka_unit_test(chain_over_the_limit_fails),
		cmocka_unit_test(anonymous_suite_has_no_certificate),
	};
	const size_t n = sizeof(others) / sizeof(others[0]);
	struct CMUnitTest tests[NROWS + sizeof(others) / sizeof(others[0])];

	for (size_t i = 0; i < NROWS; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].label,
			.test_func = certificate,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	memcpy(tests + NROWS, others, n * sizeof(others[0]));
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
