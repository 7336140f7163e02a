#include "agent/net/transfers.h"

static void
act(struct transfers *t, curl_socket_t fd, int mask)
{
	CURLMsg *m;
	void *private;
	int n;

	curl_multi_socket_action(t->multi, fd, mask, &n);
	while ((m = curl_multi_info_read(t->multi, &n)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &private);
		t->events->ended(t->arg, private, m->data.result);
	}
	if (t->events->turned != NULL)
		t->events->turned(t->arg);
}

static void
ready(void *arg, int fd, bool readable, bool writable)
{
	act(arg, fd,
	    (readable ? CURL_CSELECT_IN : 0) |
	        (writable ? CURL_CSELECT_OUT : 0));
}

static void
ring(void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static const struct poller_events poller_events = {
	.ready = ready,
	.alarm = ring,
};

/* Returns 0; -1 makes libcurl fail its transfers. */
static int
watch(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	struct transfers *t = arg;

	(void)easy;
	(void)unused;
	return poller_watch(t->poller, fd,
	    what == CURL_POLL_IN || what == CURL_POLL_INOUT,
	    what == CURL_POLL_OUT || what == CURL_POLL_INOUT);
}

static int
set_alarm(CURLM *multi, long ms, void *arg)
{
	struct transfers *t = arg;

	(void)multi;
	poller_alarm(t->poller, ms);
	return 0;
}

int
transfers_init(struct transfers *t, uv_loop_t *loop,
    const struct transfers_events *events, void *arg)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	t->events = events;
	t->arg = arg;
	t->multi = curl_multi_init();
	t->poller = poller_new(loop, &poller_events, t);
	if (t->multi == NULL || t->poller == NULL)
		return -1;
	curl_multi_setopt(t->multi, CURLMOPT_SOCKETFUNCTION, watch);
	curl_multi_setopt(t->multi, CURLMOPT_SOCKETDATA, t);
	curl_multi_setopt(t->multi, CURLMOPT_TIMERFUNCTION, set_alarm);
	curl_multi_setopt(t->multi, CURLMOPT_TIMERDATA, t);
	return 0;
}

void
transfers_free(struct transfers *t)
{
	curl_multi_cleanup(t->multi);
	poller_free(t->poller);
	curl_global_cleanup();
}
