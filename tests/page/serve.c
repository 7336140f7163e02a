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
 * TEXT stands wherever text from outside does.
 */

static int
run(uint16_t port, size_t domains, const char *payload)
{
	struct watch *w = fake_watch(domains, payload);
	struct http_setting http = { .on = true, .port = port };
	char why[256];
	struct status *status;
	uv_loop_t loop;

	(void)ip_parse("127.0.0.1", &http.ip);
	uv_loop_init(&loop);
	status = status_new(&loop, w, &http, why, sizeof(why));
	if (status == NULL) {
		fprintf(stderr, "serve: %s\n", why);
		return 1;
	}
	printf("http://127.0.0.1:%u/\n", status_port(status));
	fflush(stdout);
	uv_run(&loop, UV_RUN_DEFAULT);
	return 0;
}

int
main(int argc, char **argv)
{
	return run(argc > 1 ? (uint16_t)atoi(argv[1]) : 0,
	    argc > 2 ? (size_t)atol(argv[2]) : 1234,
	    argc > 3 ? argv[3] :
	               "no mail server of example.org takes mail: "
	               "mx1.example.org: timeout at connect");
}
