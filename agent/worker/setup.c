#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/file.h"
#include "agent/base/log.h"
#include "agent/helo.h"
#include "agent/net/egress.h"
#include "agent/net/tls.h"
#include "agent/worker/frame.h"

#include "agent/worker/setup.h"

#define NETWORKS_MAX 4096
#define TEXT_LONGEST 8192
#define ANCHORS_MAX  (FRAME_MAX - FRAME_MAX / 4) /* room for the rest */
#define FOREVER_MS   (UINT64_C(366) * 86400 * 1000)

static void
setup_init(struct setup *s)
{
	memset(s, 0, sizeof(*s));
	settings_init(&s->settings);
}

void
setup_free(struct setup *s)
{
	for (size_t i = 0; s->addresses != NULL && i < s->settings.nvantage;
	     i++)
		free(s->addresses[i]);
	free(s->addresses);
	free(s->ca_pem);
	free(s->own);
	settings_free(&s->settings);
	setup_init(s);
}

/* ----------------------------------------------------------------- making */

static int
no_memory(char *why, size_t why_size)
{
	snprintf(why, why_size, "out of memory");
	return -1;
}

static int
copy_vantages(struct setup *s, const struct settings *from)
{
	struct settings *to = &s->settings;

	to->vantage = calloc(from->nvantage + 1, sizeof(*to->vantage));
	s->addresses = calloc(from->nvantage + 1, sizeof(*s->addresses));
	if (to->vantage == NULL || s->addresses == NULL)
		return -1;
	for (size_t i = 0; i < from->nvantage; i++) {
		const struct vantage_setting *old = &from->vantage[i];
		struct vantage_setting *new = &to->vantage[to->nvantage++];

		*new = *old;
		new->name = strdup(old->name);
		new->url = old->url == NULL ? NULL : strdup(old->url);
		if (new->name == NULL || (old->url != NULL && new->url == NULL))
			return -1;
	}
	return 0;
}

static int
copy_settings(struct setup *s, const struct settings *from)
{
	struct settings *to = &s->settings;

	to->smtp_port = from->smtp_port;
	to->dns_port = from->dns_port;
	to->connect_ms = from->connect_ms;
	to->greeting_ms = from->greeting_ms;
	to->reply_ms = from->reply_ms;
	to->session_ms = from->session_ms;
	to->family = from->family;
	for (size_t i = 0; i < from->policy.nallow; i++)
		if (policy_allow(&to->policy, &from->policy.allow[i]) != 0)
			return -1;
	to->helo = from->helo != NULL ? strdup(from->helo) : helo_name();
	return to->helo == NULL ? -1 : copy_vantages(s, from);
}

static int
no_anchors(const char *path, const char *what, char *why, size_t why_size)
{
	snprintf(why, why_size,
	    "--ca-file %s: %s: it must hold certificates in PEM", path, what);
	return -1;
}

/* The trust anchors.  The operator's must be there and be some; without the
 * system's there are none. */
static int
read_anchors(struct setup *s, const char *ca_file, char *why, size_t why_size)
{
	const char *path = ca_file != NULL ? ca_file : tls_system_anchors();
	struct tls_context *trial;
	char what[256];
	struct buf pem;
	int rc;

	buf_init(&pem, ANCHORS_MAX);
	rc = file_read(path, ANCHORS_MAX, &pem);
	if (rc != 0) {
		buf_free(&pem);
		if (ca_file == NULL) {
			log_warning(
			    "no trust anchors: %s: %s: install "
			    "ca-certificates, or name a file (--ca-file)",
			    path, strerror(-rc));
			return 0;
		}
		return no_anchors(path, strerror(-rc), why, why_size);
	}
	s->ca_len = pem.len;
	s->ca_pem = buf_take(&pem);
	if (s->ca_pem == NULL)
		return no_memory(why, why_size);
	trial = tls_context_new_pem(s->ca_pem, s->ca_len, what, sizeof(what));
	tls_context_free(trial);
	return trial == NULL ? no_anchors(path, what, why, why_size) : 0;
}

int
setup_make(struct setup *s, const struct settings *settings, bool sandbox,
    char *why, size_t why_size)
{
	int rc;

	setup_init(s);
	s->sandbox = sandbox;
	if (settings->policy.nallow > NETWORKS_MAX) {
		snprintf(why, why_size, "more than %d networks are allowed",
		    NETWORKS_MAX);
		return -1;
	}
	if (copy_settings(s, settings) != 0)
		rc = no_memory(why, why_size);
	else
		rc = read_anchors(s, settings->ca_file, why, why_size);
	if (rc == 0 && (rc = egress_own(&s->own, &s->nown)) != 0)
		snprintf(why, why_size, "this machine's own addresses: %s",
		    strerror(-rc));
	if (rc == 0)
		return 0;
	setup_free(s);
	return -1;
}

/* ---------------------------------------------------------------- writing */

static void
put_vantages(struct buf *out, const struct setup *s)
{
	codec_put_u8(out, (uint8_t)s->settings.nvantage);
	for (size_t i = 0; i < s->settings.nvantage; i++) {
		const struct vantage_setting *v = &s->settings.vantage[i];

		codec_put_text(out, v->name);
		codec_put_text(out, v->url);
		codec_put_ip(out, &v->ip);
		codec_put_u16(out, v->port);
		codec_put_u8(out, v->trust_ad);
		codec_put_text(out, s->addresses[i]);
	}
}

static void
put_networks(struct buf *out, const struct setup *s)
{
	const struct policy *policy = &s->settings.policy;

	codec_put_u16(out, (uint16_t)policy->nallow);
	for (size_t i = 0; i < policy->nallow; i++) {
		codec_put_ip(out, &policy->allow[i].ip);
		codec_put_u8(out, policy->allow[i].length);
	}
	codec_put_u16(out, (uint16_t)s->nown);
	for (size_t i = 0; i < s->nown; i++)
		codec_put_ip(out, &s->own[i]);
	out->failed |= policy->nallow > NETWORKS_MAX || s->nown > NETWORKS_MAX;
}

void
setup_put(struct buf *out, const struct setup *s)
{
	const struct settings *settings = &s->settings;

	codec_put_u8(out, s->sandbox);
	codec_put_u16(out, settings->smtp_port);
	codec_put_u16(out, settings->dns_port);
	codec_put_u64(out, settings->connect_ms);
	codec_put_u64(out, settings->greeting_ms);
	codec_put_u64(out, settings->reply_ms);
	codec_put_u64(out, settings->session_ms);
	codec_put_u8(out, (uint8_t)settings->family);
	codec_put_text(out, settings->helo);
	put_vantages(out, s);
	put_networks(out, s);
	codec_put_u64(out, s->key.word[0]);
	codec_put_u64(out, s->key.word[1]);
	codec_put_u32(out, (uint32_t)s->ca_len);
	buf_add(out, s->ca_pem, s->ca_len);
}

/* ---------------------------------------------------------------- reading */

static uint64_t
get_ms(struct cursor *in)
{
	uint64_t ms = codec_u64(in);

	if (ms > FOREVER_MS)
		codec_fail(in);
	return ms;
}

static void
get_vantages(struct cursor *in, struct setup *s)
{
	size_t n = codec_enum(in, SETTINGS_VANTAGES_MAX);
	struct settings *settings = &s->settings;

	settings->vantage = calloc(n + 1, sizeof(*settings->vantage));
	s->addresses = calloc(n + 1, sizeof(*s->addresses));
	if (settings->vantage == NULL || s->addresses == NULL) {
		codec_fail(in);
		return;
	}
	while (settings->nvantage < n && !in->failed) {
		struct vantage_setting *v =
		    &settings->vantage[settings->nvantage];

		v->name = codec_text(in, TEXT_LONGEST);
		v->url = codec_text(in, TEXT_LONGEST);
		v->ip = codec_ip(in);
		v->port = codec_u16(in);
		v->trust_ad = codec_bool(in);
		s->addresses[settings->nvantage++] =
		    codec_text(in, TEXT_LONGEST);
		if (v->name == NULL || (v->url == NULL && v->ip.family == 0))
			codec_fail(in);
	}
}

static void
get_networks(struct cursor *in, struct setup *s)
{
	size_t n = codec_u16(in);

	for (size_t i = 0; i < n && !in->failed; i++) {
		struct ip_net net = { .ip = codec_ip(in) };

		net.length = codec_u8(in);
		if (net.ip.family == 0 ||
		    net.length > (net.ip.family == 4 ? 32 : 128) ||
		    policy_allow(&s->settings.policy, &net) != 0)
			codec_fail(in);
	}
	n = codec_u16(in);
	s->own = calloc(n + 1, sizeof(*s->own));
	if (s->own == NULL) {
		codec_fail(in);
		return;
	}
	while (s->nown < n && !in->failed)
		s->own[s->nown++] = codec_ip(in);
}

static void
get_anchors(struct cursor *in, struct setup *s)
{
	size_t len = codec_u32(in);
	const uint8_t *pem = codec_bytes(in, len);

	s->ca_pem = pem == NULL ? NULL : malloc(len + 1);
	if (s->ca_pem == NULL) {
		codec_fail(in);
		return;
	}
	memcpy(s->ca_pem, pem, len);
	s->ca_len = len;
}

int
setup_read(struct cursor *in, struct setup *s)
{
	struct settings *settings = &s->settings;

	setup_init(s);
	s->sandbox = codec_bool(in);
	settings->smtp_port = codec_u16(in);
	settings->dns_port = codec_u16(in);
	settings->connect_ms = get_ms(in);
	settings->greeting_ms = get_ms(in);
	settings->reply_ms = get_ms(in);
	settings->session_ms = get_ms(in);
	settings->family = codec_enum(in, 6);
	settings->helo = codec_text(in, TEXT_LONGEST);
	get_vantages(in, s);
	get_networks(in, s);
	s->key.word[0] = codec_u64(in);
	s->key.word[1] = codec_u64(in);
	get_anchors(in, s);
	if (codec_ended(in) && settings->helo != NULL)
		return 0;
	setup_free(s);
	return -1;
}
