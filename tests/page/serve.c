#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "agent/base/log.h"
#include "agent/status/http.h"
#include "tests/unit/fake_watch.h"
#include "tests/unit/support.h"

/*
 * The status page with made-up content, to be looked at:
 *	serve [PORT [DOMAINS [TEXT]]]
 * TEXT stands wherever text from outside does.  Each text that comes on
 *standard input, with a NUL behind it, takes its place; the address is said
 *again then.
 */

struct stage {
	uv_loop_t loop;
	uv_poll_t input;
	struct http_setting http;
	size_t domains;
	struct watch *watch;
	struct status *status;
	struct buf text;
};

/* Returns 0, or -1 when the port cannot be had. */
static int
show(struct stage *s, const char *text)
{
	char why[256];

	s->watch = fake_watch(s->domains, text);
	s->status = status_new(&s->loop, s->watch, &s->http, why, sizeof(why));
	if (s->status == NULL) {
		fprintf(stderr, "serve: %s\n", why);
		return -1;
	}
	s->http.port = status_port(s->status);
	printf("http://127.0.0.1:%u/\n", s->http.port);
	fflush(stdout);
	return 0;
}

static void
show_again(struct stage *s)
{
	status_free(s->status);
	uv_run(&s->loop, UV_RUN_NOWAIT);
	fake_free(s->watch);
	if (show(s, buf_str(&s->text)) != 0)
		exit(1);
	buf_reset(&s->text);
}

static void
take(uv_poll_t *input, int status, int events)
{
	struct stage *s = input->data;
	char bytes[4096];
	ssize_t n = read(0, bytes, sizeof(bytes));

	(void)status;
	(void)events;
	if (n <= 0)
		uv_poll_stop(input);
	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] != '\0')
			buf_putc(&s->text, bytes[i]);
		else
			show_again(s);
	}
}

static int
run(struct stage *s, const char *text)
{
	(void)ip_parse("127.0.0.1", &s->http.ip);
	uv_loop_init(&s->loop);
	buf_init(&s->text, 0);
	if (show(s, text) != 0)
		return 1;
	s->input.data = s;
	/* Nothing is heard from a file. */
	if (uv_poll_init(&s->loop, &s->input, 0) == 0)
		uv_poll_start(&s->input, UV_READABLE, take);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	return 0;
}

int
main(int argc, char **argv)
{
	struct stage s = { .http = { .on = true }, .domains = 1234 };

	if (argc > 1)
		s.http.port = (uint16_t)atoi(argv[1]);
	if (argc > 2)
		s.domains = (size_t)atol(argv[2]);
	return run(&s,
	    argc > 3 ? argv[3] :
	               "no mail server of example.org takes mail: "
	               "mx1.example.org: timeout at connect");
}
