#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/net/tls.h"
#include "tests/unit/pki.h"
#include "tests/unit/support.h"
#include "tests/unit/tls_pair.h"

/* Sessions that are resumed, and those that must not be. */

#define HOST "mx.example.org"

static struct tls_context *trust;
static SSL_CTX *server;
static struct pki *leaf, *other;

enum seen { WHOLE, RESUMED };

/* Read what the server says, and with it its tickets; then the end. */
static void
read_all(struct pair *p)
{
	struct buf plain;

	buf_init(&plain, 0);
	SSL_write(p->server, "250 ok", 6);
	pair_to_client(p);
	assert_int_equal(tls_read(p->tls, &plain), TLS_MORE);
	assert_string_equal(buf_str(&plain), "250 ok");
	tls_bye(p->tls);
	buf_free(&plain);
}

static enum seen
look(SSL_CTX *at, const char *ip, uint16_t port, const char *host, bool resume)
{
	struct ip address;
	struct obs_tls *o;
	struct pair p;
	enum seen seen;

	assert_int_equal(ip_parse(ip, &address), 0);
	pair_begin(&p, trust, at, host);
	tls_server(p.tls, &address, port, host, resume);
	if (pair_shake(&p) != TLS_DONE)
		fail_msg("%s", tls_error(p.tls));
	read_all(&p);
	o = tls_facts(p.tls, host);
	assert_non_null(o);
	assert_true(o->established);
	assert_true(o->protocol != NULL && o->cipher != NULL);
	assert_true(o->certificate != o->resumed);
	assert_true(o->certificate == (o->subject != NULL));
	assert_true(o->certificate || o->name_ok == TRI_UNKNOWN);
	assert_true(o->certificate || o->trusted == TRI_UNKNOWN);
	seen = o->resumed ? RESUMED : WHOLE;
	obs_tls_free(o);
	pair_end(&p);
	return seen;
}

static enum seen
usual(bool resume)
{
	return look(server, "192.0.2.1", 25, HOST, resume);
}

static void
only_when_it_is_offered(void **state)
{
	(void)state;
	assert_int_equal(usual(true), WHOLE);
	assert_int_equal(usual(true), RESUMED);
	assert_int_equal(usual(true), RESUMED);
	assert_int_equal(usual(false), WHOLE);
	assert_int_equal(usual(true), RESUMED);
}

static void
in_older_versions(void **state)
{
	static const int versions[] = { TLS1_VERSION, TLS1_2_VERSION };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const char *ip = i == 0 ? "192.0.2.2" : "192.0.2.3";
		SSL_CTX *old = pki_server(leaf, NULL, 0, versions[i], NULL);

		assert_int_equal(look(old, ip, 25, HOST, true), WHOLE);
		assert_int_equal(look(old, ip, 25, HOST, true), RESUMED);
		SSL_CTX_free(old);
	}
}

/* What one server gave is offered to no other. */
static void
to_the_same_server_alone(void **state)
{
	(void)state;
	assert_int_equal(usual(false), WHOLE);
	assert_int_equal(look(server, "192.0.2.9", 25, HOST, true), WHOLE);
	assert_int_equal(look(server, "192.0.2.1", 587, HOST, true), WHOLE);
	assert_int_equal(
	    look(server, "192.0.2.1", 25, "b.example.org", true), WHOLE);
	assert_int_equal(look(server, "2001:db8::1", 25, HOST, true), WHOLE);
	assert_int_equal(usual(true), RESUMED);
}

static char *
subject(SSL_CTX *at, bool resume)
{
	struct ip address;
	struct obs_tls *o;
	struct pair p;
	char *text;

	assert_int_equal(ip_parse("192.0.2.4", &address), 0);
	pair_begin(&p, trust, at, HOST);
	tls_server(p.tls, &address, 25, HOST, resume);
	assert_int_equal(pair_shake(&p), TLS_DONE);
	read_all(&p);
	o = tls_facts(p.tls, HOST);
	assert_non_null(o);
	text = o->subject;
	o->subject = NULL;
	obs_tls_free(o);
	pair_end(&p);
	return text;
}

static void
assert_subject(char *got, const char *want)
{
	assert_non_null(got);
	assert_string_equal(got, want);
	free(got);
}

/* A new certificate is seen when one is due, and also before that when the
 * server does not know the session any more. */
static void
a_new_certificate_is_seen(void **state)
{
	SSL_CTX *at = pki_server(leaf, NULL, 0, 0, NULL);
	SSL_CTX *anew = pki_server(other, NULL, 0, 0, NULL);

	(void)state;
	assert_subject(subject(at, false), "CN=first");
	assert_null(subject(at, true));
	SSL_CTX_use_certificate(at, other->cert);
	SSL_CTX_use_PrivateKey(at, other->key);
	assert_null(subject(at, true));
	assert_subject(subject(at, false), "CN=second");
	assert_null(subject(at, true));
	assert_subject(subject(anew, true), "CN=second");
	SSL_CTX_free(at);
	SSL_CTX_free(anew);
}

/* It may be the session that the server does not like. */
static void
not_again_after_a_failure(void **state)
{
	struct ip address;
	struct tls *t;

	(void)state;
	assert_int_equal(ip_parse("192.0.2.1", &address), 0);
	assert_int_equal(usual(false), WHOLE);
	t = tls_new(trust, HOST);
	assert_non_null(t);
	tls_server(t, &address, 25, HOST, true);
	assert_int_equal(tls_handshake(t), TLS_MORE);
	assert_int_equal(tls_feed(t, "250 no TLS here\r\n", 17), 0);
	assert_int_equal(tls_handshake(t), TLS_FAILED);
	tls_free(t);
	assert_int_equal(usual(true), WHOLE);
	assert_int_equal(usual(true), RESUMED);
}

/* A chain so long that it is not to be kept for thousands of servers. */
static void
not_of_a_server_that_says_much(void **state)
{
	struct pki *chain[80];
	SSL_CTX *much;

	(void)state;
	for (size_t i = 0; i < 80; i++)
		chain[i] = leaf;
	much = pki_server(leaf, chain, 80, 0, NULL);
	assert_int_equal(look(much, "192.0.2.5", 25, HOST, true), WHOLE);
	assert_int_equal(look(much, "192.0.2.5", 25, HOST, true), WHOLE);
	SSL_CTX_free(much);
}

static void
not_where_nothing_is_remembered(void **state)
{
	struct tls_context *remembering = trust;
	char why[256];

	(void)state;
	trust = tls_context_new_pem("", 0, why, sizeof(why));
	assert_non_null(trust);
	assert_int_equal(usual(true), WHOLE);
	assert_int_equal(usual(true), WHOLE);
	tls_context_free(trust);
	trust = remembering;
}

static int
set_up(void **state)
{
	const struct pki_want first = { .cn = "first" },
	                      second = { .cn = "second" };
	char why[256];

	(void)state;
	leaf = pki_make(&first);
	other = pki_make(&second);
	server = pki_server(leaf, NULL, 0, 0, NULL);
	trust = tls_context_new_pem("", 0, why, sizeof(why));
	return trust == NULL ? -1 : tls_context_remember(trust);
}

static int
tear_down(void **state)
{
	(void)state;
	tls_context_free(trust);
	SSL_CTX_free(server);
	pki_free(leaf);
	pki_free(other);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_when_it_is_offered),
		cmocka_unit_test(in_older_versions),
		cmocka_unit_test(to_the_same_server_alone),
		cmocka_unit_test(a_new_certificate_is_seen),
		cmocka_unit_test(not_again_after_a_failure),
		cmocka_unit_test(not_of_a_server_that_says_much),
		cmocka_unit_test(not_where_nothing_is_remembered),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
