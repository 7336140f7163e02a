#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>

#include "agent/net/dns_socket.h"
#include "tests/unit/support.h"

/* The sockets alone, with a pair of our own in place of the network, and one
 * query under way. */

#define NAME    "\001w\007example"
#define LENGTH  15 /* of its question */
#define MESSAGE (DNS_HEADER + LENGTH)

static struct dns_server server = { .purpose = EGRESS_OPERATOR };
static struct dns_socket its;
static struct dns_query query;
static int near, far;
static uint8_t room[4097];

struct dns_query *
dns_channel_find(const struct dns_channel *channel, uint16_t id)
{
	(void)channel;
	return id == query.id ? &query : NULL;
}

static void
open_pair(void)
{
	static const uint8_t wire[] = "\x12\x34\1\0\0\1\0\0\0\0\0\1" NAME
	                              "\0\0\17\0\1\0\0\51\4\xd0\0\0\0\0\0";
	int fd[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	near = fd[0];
	far = fd[1];
	memset(&its, 0, sizeof(its));
	its.server = &server;
	its.cause = DNS_END_TIMEOUT;
	its.budget = 64;
	memset(&query, 0, sizeof(query));
	query.id = 0x1234;
	query.tcp = true;
	query.ticket = 0xabcd;
	query.question = LENGTH;
	query.len = MESSAGE + DNS_OPT;
	memcpy(query.wire, wire, query.len);
}

static void
close_pair(void)
{
	close(far);
	dns_socket_functions.aclose(near, &its);
	free(query.came);
}

/* ---------------------------------------------------------------- sending */

/* c-ares sends the ticket, which it has given an ID of its own, n times. */
static ssize_t
put(size_t n)
{
	uint8_t bytes[4 * (2 + DNS_TICKET)];
	size_t len = 0;
	struct iovec iov[2];

	for (size_t i = 0; i < n; i++) {
		dns_put16(bytes + len, DNS_TICKET);
		dns_ticket(&query, bytes + len + 2);
		dns_put16(bytes + len + 2, 0x5678);
		len += 2 + DNS_TICKET;
	}
	/* In two pieces. */
	iov[0] = (struct iovec){ bytes, 7 };
	iov[1] = (struct iovec){ bytes + 7, len - 7 };
	return dns_socket_functions.asendv(near, iov, 2, &its);
}

static void
test_the_query_is_sent(void **state)
{
	(void)state;
	open_pair();
	assert_int_equal(put(1), 2 + DNS_TICKET);
	assert_int_equal(query.ticket, 0x5678);
	assert_int_equal(read(far, room, sizeof(room)), 2 + query.len);
	assert_int_equal(dns_get16(room), query.len);
	assert_memory_equal(room + 2, query.wire, query.len);
	close_pair();
}

/* Of several tickets one is taken: the next call brings the others. */
static void
test_one_by_one(void **state)
{
	(void)state;
	open_pair();
	assert_int_equal(put(3), 2 + DNS_TICKET);
	assert_int_equal(read(far, room, sizeof(room)), 2 + query.len);
	close_pair();
}

static void
test_no_ticket(void **state)
{
	char bytes[2 + DNS_TICKET] = "";
	struct iovec iov = { bytes, sizeof(bytes) };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		open_pair();
		iov.iov_len = i == 0 ? sizeof(bytes) : 5;
		assert_int_equal(
		    dns_socket_functions.asendv(near, &iov, 1, &its), -1);
		assert_int_equal(errno, EINVAL);
		assert_int_equal(its.cause, DNS_END_LOCAL);
		assert_int_equal(read(far, room, sizeof(room)), -1);
		close_pair();
	}
}

/* -------------------------------------------------------------- receiving */

static ssize_t
get_some(size_t size)
{
	return dns_socket_functions.arecvfrom(
	    near, room, size, 0, NULL, NULL, &its);
}

static ssize_t
get(void)
{
	return get_some(sizeof(room));
}

static void
send_length(size_t len)
{
	uint8_t bytes[2];

	dns_put16(bytes, len);
	assert_int_equal(write(far, bytes, 2), 2);
}

static void
send_message(const void *bytes, size_t len)
{
	send_length(len);
	assert_int_equal(write(far, bytes, len), (ssize_t)len);
}

/* What c-ares shall take for the answer to its ticket. */
static void
assert_ticket(const uint8_t *got)
{
	uint8_t ticket[DNS_TICKET];

	dns_ticket(&query, ticket);
	assert_int_equal(dns_get16(got), query.ticket);
	assert_int_equal(dns_get16(got + 2), 0x8105);
	assert_memory_equal(got + 4, ticket + 4, DNS_TICKET - 4);
}

#define OTHER "\001v\007example"
#define ANSWER(flags, count, name, type) \
	"\x12\x34" flags count "\0\1\0\0\0\0" name "\0\0" type "\0\1"
#define ONE  "\0\1"
#define NONE "\0\0"

static const struct {
	const char *label, *bytes;
	size_t len;
	bool is_answer, as_header; /* nothing but the header is kept */
} messages[] = {
	{ "nothing", "", 0, false, false },
	{ "not even a header", ANSWER("\x81\0", ONE, NAME, "\17"), 11, false,
	    false },
	{ "the answer", ANSWER("\x81\0", ONE, NAME, "\17"), MESSAGE, true,
	    false },
	{ "in capitals", ANSWER("\x81\0", ONE, "\001W\007EXAMPle", "\17"),
	    MESSAGE, true, false },
	{ "another ID", "\x12\x35\x81\0\0\1\0\1\0\0\0\0" NAME "\0\0\17\0\1",
	    MESSAGE, false, false },
	{ "another name", ANSWER("\x81\0", ONE, OTHER, "\17"), MESSAGE, false,
	    false },
	{ "another type", ANSWER("\x81\0", ONE, NAME, "\2"), MESSAGE, false,
	    false },
	{ "a question cut short", ANSWER("\x81\0", ONE, NAME, "\17"),
	    MESSAGE - 1, false, false },
	{ "two questions", ANSWER("\x81\0", "\0\2", NAME, "\17"), MESSAGE,
	    false, false },
	{ "no question, no error", ANSWER("\x81\0", NONE, "", ""), DNS_HEADER,
	    false, false },
	{ "REFUSED", ANSWER("\x81\5", ONE, NAME, "\17"), MESSAGE, true, false },
	{ "REFUSED, the header", ANSWER("\x81\5", NONE, "", ""), DNS_HEADER,
	    true, true },
	{ "REFUSED, another name", ANSWER("\x81\5", ONE, OTHER, "\17"), MESSAGE,
	    false, false },
	{ "FORMERR", ANSWER("\x81\1", ONE, NAME, "\17"), MESSAGE, true, false },
	{ "FORMERR, the header", ANSWER("\x81\1", NONE, "", ""), DNS_HEADER,
	    true, true },
	{ "FORMERR, garbage", ANSWER("\x81\1", ONE, OTHER, "\17"), MESSAGE,
	    true, true },
};

static void
assert_kept(const uint8_t *bytes, size_t len, bool as_header)
{
	if (!as_header) {
		assert_int_equal(query.came_len, len);
		assert_memory_equal(query.came, bytes, len);
		return;
	}
	assert_int_equal(query.came_len, MESSAGE);
	assert_memory_equal(query.came, bytes, 4);
	assert_memory_equal(query.came + 4, "\0\1\0\0\0\0\0\0", 8);
	assert_memory_equal(
	    query.came + DNS_HEADER, NAME "\0\0\17\0\1", LENGTH);
}

static void
test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(*messages); i++) {
		const uint8_t *bytes = (const uint8_t *)messages[i].bytes;
		ssize_t want = messages[i].is_answer ? 2 + DNS_TICKET : -1;

		print_message("  %s\n", messages[i].label);
		open_pair();
		send_message(bytes, messages[i].len);
		assert_int_equal(get(), want);
		assert_int_equal(query.came != NULL, messages[i].is_answer);
		if (messages[i].is_answer) {
			assert_ticket(room + 2);
			assert_kept(
			    bytes, messages[i].len, messages[i].as_header);
		}
		assert_int_equal(its.cause, DNS_END_TIMEOUT);
		close_pair();
	}
}

static const uint8_t answer[] = ANSWER("\x81\0", ONE, NAME, "\17");

/* The first counts; and none when UDP is asked. */
static void
test_once(void **state)
{
	(void)state;
	open_pair();
	for (size_t i = 0; i < 2; i++)
		send_message(answer, MESSAGE);
	assert_int_equal(get(), 2 + DNS_TICKET);
	assert_int_equal(get(), -1);
	free(query.came);
	query.came = NULL;
	query.tcp = false;
	send_message(answer, MESSAGE);
	assert_int_equal(get(), -1);
	assert_null(query.came);
	close_pair();
}

/* However many there are, the loop has its turn. */
static void
test_budget(void **state)
{
	(void)state;
	open_pair();
	its.budget = 8; /* of length and message */
	for (size_t i = 0; i < 4; i++)
		send_message("stray", 5);
	send_message(answer, MESSAGE);
	assert_int_equal(get(), -1);
	assert_int_equal(errno, EAGAIN);
	its.budget = 4;
	assert_int_equal(get(), 2 + DNS_TICKET);
	close_pair();
}

/* ----------------------------------------------------------------- stream */

/* It comes octet by octet, behind a stray and an empty one, and c-ares reads
 * its length first. */
static void
test_stream(void **state)
{
	(void)state;
	open_pair();
	send_message("stray", 5);
	send_length(0);
	assert_int_equal(get(), -1);
	send_length(MESSAGE);
	for (size_t i = 0; i < MESSAGE; i++) {
		assert_int_equal(get(), -1);
		assert_int_equal(errno, EAGAIN);
		assert_int_equal(write(far, answer + i, 1), 1);
	}
	assert_int_equal(get_some(2), 2);
	assert_int_equal(dns_get16(room), DNS_TICKET);
	assert_true(dns_socket_pending(&its));
	assert_int_equal(get(), DNS_TICKET);
	assert_ticket(room);
	assert_false(dns_socket_pending(&its));
	assert_kept(answer, MESSAGE, false);
	assert_int_equal(its.cause, DNS_END_TIMEOUT);
	close_pair();
}

static void
test_end_of_stream(void **state)
{
	(void)state;
	open_pair();
	assert_int_equal(get(), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(its.cause, DNS_END_TIMEOUT);
	send_length(MESSAGE);
	assert_int_equal(write(far, answer, 9), 9);
	assert_int_equal(get(), -1);
	assert_int_equal(shutdown(far, SHUT_WR), 0);
	assert_int_equal(get(), 0);
	assert_int_equal(its.cause, DNS_END_UNREACHABLE);
	close_pair();
	assert_null(its.msg);
}

/* SIGPIPE would end the test.  Writing is put off: there is something to be
 * read first. */
static void
test_write_to_closed(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_DFL);
	open_pair();
	send_message(answer, MESSAGE);
	shutdown(far, SHUT_RDWR);
	assert_int_equal(put(1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(its.cause, DNS_END_TIMEOUT);
	assert_int_equal(get(), 2 + DNS_TICKET);
	assert_int_equal(get(), 0);
	assert_int_equal(its.cause, DNS_END_UNREACHABLE);
	close_pair();
}

/* What our own kernel says is no word about the server. */
static void
test_causes(void **state)
{
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6,
		.sin6_port = htons(53) };
	struct egress *egress;
	int fd;

	(void)state;
	open_pair();
	fd = dns_socket_functions.asocket(AF_INET, SOCK_DGRAM, 12345, &its);
	assert_int_equal(fd, ARES_SOCKET_BAD);
	assert_int_equal(its.cause, DNS_END_LOCAL);
	its.cause = DNS_END_TIMEOUT;
	egress = egress_new(NULL, 0);
	assert_non_null(egress);
	server.egress = egress;
	/* The wrong family for this socket. */
	assert_int_equal(dns_socket_functions.aconnect(
	                     near, (struct sockaddr *)&sa, sizeof(sa), &its),
	    -1);
	assert_int_equal(its.cause, DNS_END_LOCAL);
	egress_free(egress);
	close_pair();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_query_is_sent),
		cmocka_unit_test(test_one_by_one),
		cmocka_unit_test(test_no_ticket),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_end_of_stream),
		cmocka_unit_test(test_write_to_closed),
		cmocka_unit_test(test_causes),
	};

	return cmocka_run_group_tests_name("dns_socket", tests, NULL, NULL);
}
