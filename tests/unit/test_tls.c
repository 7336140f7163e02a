#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/buf.h"
#include "agent/net/tls.h"
#include "tests/unit/pki.h"
#include "tests/unit/support.h"
#include "tests/unit/tls_pair.h"

/* Sessions in memory with a server of OpenSSL. */

#define HOST "mx.example.org"

static struct tls_context *trust;

static void
every_version(void **state)
{
	static const struct {
		int version;
		const char *name;
	} versions[] = { { TLS1_VERSION, "TLSv1" },
		{ TLS1_1_VERSION, "TLSv1.1" }, { TLS1_2_VERSION, "TLSv1.2" },
		{ TLS1_3_VERSION, "TLSv1.3" } };
	const struct pki_want want = { .cn = HOST, .key = PKI_RSA2048 };
	struct pki *leaf = pki_make(&want);
	struct obs_tls *o;
	struct pair p;
	SSL_CTX *server;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		server = pki_server(leaf, NULL, 0, versions[i].version, NULL);
		pair_begin(&p, trust, server, HOST);
		assert_int_equal(pair_shake(&p), TLS_DONE);
		o = tls_facts(p.tls, HOST);
		assert_non_null(o);
		assert_string_equal(o->protocol, versions[i].name);
		assert_true(strlen(o->cipher) > 0);
		obs_tls_free(o);
		pair_end(&p);
		SSL_CTX_free(server);
	}
	pki_free(leaf);
}

static void
host_is_sent_when_it_is_a_name(void **state)
{
	static const struct {
		const char *host, *sni;
	} sni[] = { { HOST, HOST }, { "192.0.2.1", NULL }, { "", NULL },
		{ NULL, NULL }, { ".", NULL }, { "a\\032b.example", NULL } };
	const struct pki_want want = { .cn = HOST };
	struct pki *leaf = pki_make(&want);
	SSL_CTX *server = pki_server(leaf, NULL, 0, 0, NULL);
	const char *name;
	struct pair p;

	(void)state;
	for (size_t i = 0; i < sizeof(sni) / sizeof(sni[0]); i++) {
		pair_begin(&p, trust, server, sni[i].host);
		assert_int_equal(pair_shake(&p), TLS_DONE);
		name = SSL_get_servername(p.server, TLSEXT_NAMETYPE_host_name);
		if (sni[i].sni == NULL)
			assert_null(name);
		else
			assert_string_equal(name, sni[i].sni);
		pair_end(&p);
	}
	SSL_CTX_free(server);
	pki_free(leaf);
}

static void
talk_and_goodbye(void **state)
{
	const struct pki_want want = { .cn = HOST };
	struct pki *leaf = pki_make(&want);
	SSL_CTX *server = pki_server(leaf, NULL, 0, 0, NULL);
	struct buf plain;
	struct pair p;
	char got[64];

	(void)state;
	buf_init(&plain, 0);
	pair_begin(&p, trust, server, HOST);
	tls_bye(p.tls); /* too early: harmless */
	assert_int_equal(pair_shake(&p), TLS_DONE);
	assert_int_equal(tls_handshake(p.tls), TLS_DONE);
	assert_int_equal(tls_write(p.tls, "EHLO", 4), 0);
	assert_int_equal(tls_write(p.tls, "", 0), 0);
	pair_to_server(&p);
	assert_int_equal(SSL_read(p.server, got, sizeof(got)), 4);
	SSL_write(p.server, "250 ok", 6);
	pair_to_client(&p);
	assert_int_equal(tls_read(p.tls, &plain), TLS_MORE);
	assert_string_equal(buf_str(&plain), "250 ok");
	SSL_shutdown(p.server);
	pair_to_client(&p);
	assert_int_equal(tls_read(p.tls, &plain), TLS_DONE);
	tls_bye(p.tls);
	pair_to_server(&p);
	assert_int_equal(SSL_read(p.server, got, sizeof(got)), 0);
	assert_true(SSL_get_shutdown(p.server) & SSL_RECEIVED_SHUTDOWN);
	assert_string_equal(tls_error(p.tls), "");
	buf_free(&plain);
	pair_end(&p);
	SSL_CTX_free(server);
	pki_free(leaf);
}

static void
garbage_fails_for_good(void **state)
{
	struct tls *t = tls_new(trust, HOST);
	struct obs_tls *o;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(tls_handshake(t), TLS_MORE);
	assert_int_equal(tls_feed(t, "250 no TLS here\r\n", 17), 0);
	assert_int_equal(tls_handshake(t), TLS_FAILED);
	assert_string_equal(tls_error(t), "wrong version number");
	assert_int_equal(tls_handshake(t), TLS_FAILED);
	assert_int_equal(tls_read(t, &b), TLS_FAILED);
	assert_int_equal(tls_write(t, "x", 1), -1);
	tls_bye(t);
	o = tls_facts(t, HOST);
	assert_false(o->established || o->certificate);
	assert_string_equal(o->error, "wrong version number");
	obs_tls_free(o);
	buf_free(&b);
	tls_free(t);
}

static void
unfinished_handshake_is_said(void **state)
{
	struct tls *t = tls_new(trust, HOST);
	struct obs_tls *o;

	(void)state;
	assert_int_equal(tls_handshake(t), TLS_MORE);
	o = tls_facts(t, HOST);
	assert_false(o->established);
	assert_string_equal(o->error, "the handshake did not end");
	obs_tls_free(o);
	tls_free(t);
	tls_free(NULL);
}

static void
trust_anchors_that_cannot_be_read(void **state)
{
	char why[256] = "";

	(void)state;
	assert_null(tls_context_new("/nonexistent/ca.pem", why, sizeof(why)));
	assert_non_null(strstr(why, "/nonexistent/ca.pem"));
	assert_non_null(strstr(why, "No such file"));
	assert_null(tls_context_new("/dev/null", why, sizeof(why)));
	assert_non_null(strstr(why, "/dev/null: no certificate"));
	tls_context_free(NULL);
}

/* The anchors themselves: what trusts is what is in them. */
static void
trust_anchors_in_memory(void **state)
{
	static const char *const junk[] = {
		"no certificate", "-----BEGIN X",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	};
	const struct pki_want want = { .cn = HOST, .dns = { HOST } };
	char path[] = "/tmp/mxvigil-test-ca-XXXXXX", why[256], *pem;
	struct pki *leaf = pki_make(&want);
	SSL_CTX *server = pki_server(leaf, NULL, 0, 0, NULL);
	size_t len;

	(void)state;
	pki_save(leaf, path);
	pem = read_file(path, &len);
	for (unsigned with = 0; with < 2; with++) {
		struct tls_context *c = tls_context_new_pem(
		    pem, with == 1 ? len : 0, why, sizeof(why));
		struct pair pair;
		struct obs_tls *o;

		assert_non_null(c);
		pair_begin(&pair, c, server, HOST);
		assert_int_equal(pair_shake(&pair), TLS_DONE);
		o = tls_facts(pair.tls, HOST);
		assert_int_equal(o->trusted, with == 1 ? TRI_YES : TRI_NO);
		obs_tls_free(o);
		pair_end(&pair);
		tls_context_free(c);
	}
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		assert_null(tls_context_new_pem(
		    junk[i], strlen(junk[i]), why, sizeof(why)));
		assert_non_null(strstr(why, "trust anchors: "));
	}
	SSL_CTX_free(server);
	pki_free(leaf);
	unlink(path);
	free(pem);
}

static int
set_up(void **state)
{
	char why[256];

	(void)state;
	trust = tls_context_new(NULL, why, sizeof(why));
	return trust == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	tls_context_free(trust);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version),
		cmocka_unit_test(host_is_sent_when_it_is_a_name),
		cmocka_unit_test(talk_and_goodbye),
		cmocka_unit_test(garbage_fails_for_good),
		cmocka_unit_test(unfinished_handshake_is_said),
		cmocka_unit_test(trust_anchors_that_cannot_be_read),
		cmocka_unit_test(trust_anchors_in_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
