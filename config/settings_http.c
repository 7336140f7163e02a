#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "config/secret.h"
#include "config/settings_keys.h"
#include "config/url.h"

/* The status page, the canaries, the heartbeat, the store. */

#define HOSTS_MAX    64
#define CANARIES_MAX 32

#define SECRET_IN_FILE \
	"what is in the file is no URL: expected https://HOST[:PORT]/PATH"

/* ------------------------------------------------------------------ listen */

static void
read_listen(struct schema_walk *walk, yaml_node_t *node)
{
	static const char expected[] = "ADDRESS:PORT, or off";
	struct settings *settings = walk->into;
	const char *text = schema_text(walk, node, expected);
	struct ip ip;
	uint16_t port = 0;

	if (text == NULL)
		return;
	settings->http.on = strcmp(text, "off") != 0;
	if (!settings->http.on)
		return;
	if (ip_port_parse(text, &ip, &port) != 0 || port == 0) {
		schema_complain(walk, node, "expected %s", expected);
		return;
	}
	settings->http.ip = ip;
	settings->http.port = port;
}

static bool
show_listen(struct buf *out, const void *from)
{
	const struct http_setting *http =
	    &((const struct settings *)from)->http;
	char ip[IP_TEXT];

	if (!http->on)
		buf_puts(out, " off\n");
	else
		buf_printf(out,
		    http->ip.family == 6 ? " \"[%s]:%u\"\n" : " \"%s:%u\"\n",
		    ip_format(&http->ip, ip), http->port);
	return true;
}

static bool
is_loopback(const struct ip *ip)
{
	const char *special = ip_special(ip);

	return special != NULL && strcmp(special, "loopback") == 0;
}

/* The page tells who has trouble with mail: it takes two keys to show it. */
void
settings_check_http(struct schema_walk *walk)
{
	struct loading *loading = walk->aside;
	const struct http_setting *http = &loading->settings->http;
	yaml_node_t *node = schema_find(walk, walk->file->root, "http");

	if (node != NULL && http->on && !http->is_public &&
	    !is_loopback(&http->ip))
		schema_complain(walk, schema_find(walk, node, "listen"),
		    "http.listen: others could read the page at this address: "
		    "use 127.0.0.1 or [::1], or say public: true");
}

/* --------------------------------------------------------------- heartbeat */

static bool
show_heartbeat_url(struct buf *out, const void *from)
{
	const struct settings *settings = from;
	struct buf url;

	if (settings->heartbeat_url == NULL || settings->heartbeat_file != NULL)
		return false;
	buf_init(&url, 0);
	url_redact(&url, settings->heartbeat_url);
	buf_putc(out, ' ');
	schema_show_text(out, buf_str(&url));
	buf_putc(out, '\n');
	buf_free(&url);
	return true;
}

static void
read_heartbeat(struct schema_walk *walk, const yaml_node_t *node)
{
	struct loading *loading = walk->aside;
	struct settings *settings = loading->settings;
	char why[1024];

	if (settings->heartbeat_file == NULL) {
		if (settings->heartbeat_url != NULL)
			settings_check_inline(
			    walk, node, settings->heartbeat_url);
	} else if (secret_read(settings->heartbeat_file, loading->dir,
	               &settings->heartbeat_url, why, sizeof(why)) != 0) {
		schema_complain(walk, node, "heartbeat.url_file: %s", why);
	} else if (!url_is_good(settings->heartbeat_url, true)) {
		schema_complain(
		    walk, node, "heartbeat.url_file: %s", SECRET_IN_FILE);
	}
}

void
settings_check_heartbeat(struct schema_walk *walk)
{
	struct loading *loading = walk->aside;
	const struct settings *settings = loading->settings;
	yaml_node_t *node = schema_find(walk, walk->file->root, "heartbeat");
	yaml_node_t *file, *url;

	if (node == NULL)
		return;
	url = schema_find(walk, node, "url");
	file = schema_find(walk, node, "url_file");
	if (settings->heartbeat_url != NULL && settings->heartbeat_file != NULL)
		schema_complain(
		    walk, file, "heartbeat.url_file: there is a url as well");
	else if (loading->is_whole)
		read_heartbeat(walk,
		    file != NULL    ? file :
		        url != NULL ? url :
		                      node);
}

/* ------------------------------------------------------------------- store */

static bool
show_store(struct buf *out, const void *from)
{
	const struct settings *settings = from;

	buf_putc(out, ' ');
	schema_show_text(out,
	    settings->store_path == NULL ? SETTINGS_STORE :
	                                   settings->store_path);
	buf_putc(out, '\n');
	return true;
}

/* "mxvigil.db" has "mxvigil.sock" beside it. */
char *
settings_socket(const struct settings *settings)
{
	const char *path = settings->store_path == NULL ? SETTINGS_STORE :
	                                                  settings->store_path;
	const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
	size_t len = dot == NULL || (slash != NULL && dot <= slash + 1) ?
	    strlen(path) :
	    (size_t)(dot - path);
	char *out;

	if (settings->socket != NULL)
		return strdup(settings->socket);
	return asprintf(&out, "%.*s.sock", (int)len, path) < 0 ? NULL : out;
}

/* unix(7): a path of more than 107 bytes cannot be bound. */
void
settings_check_store(struct schema_walk *walk)
{
	struct loading *loading = walk->aside;
	const struct settings *settings = loading->settings;
	const char *key = settings->socket == NULL ? "store" : "socket";
	yaml_node_t *node = schema_find(walk, walk->file->root, key);
	char *path = settings_socket(settings);

	if (node != NULL && path != NULL &&
	    strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		schema_complain(walk, node,
		    "%s: the path of the control socket has more than %zu "
		    "bytes: set socket to a shorter one",
		    key, sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
	free(path);
}

/* ------------------------------------------------------------------ tables */

#define COUNT(member) .count = offsetof(struct settings, member)

/* clang-format off */
const struct schema_key settings_http_keys[] = {
	{ .name = "listen", .kind = SCHEMA_CUSTOM, .read = read_listen,
	    .show = show_listen, .expected = "an address and port, or off",
	    .help = "ADDRESS:PORT, or off",
	    .more = "IPv6 as \"[::1]:9725\". A change needs a restart." },
	{ .name = "public", .kind = SCHEMA_BOOL, AT(http.is_public),
	    .help = "listen where others can reach it, too",
	    .more = "Without it, such an address is a mistake. With it, the "
	    "page and the API leave out the addresses of resolvers, the "
	    "names of channels and the words of mail servers." },
	{ .name = "hosts", .kind = SCHEMA_LIST, AT(http.host),
	    COUNT(http.nhost), .max = HOSTS_MAX,
	    .take = settings_take_web_host, .expected = "a host name",
	    .help = "names that a browser may know it by",
	    .more = "Requests for other names are refused, so that a page "
	    "of somebody else cannot read this one through a browser (DNS "
	    "rebinding). localhost, the address of listen and the host of "
	    "url are known anyway." },
	{ .name = "url", .kind = SCHEMA_TEXT, AT(http.url),
	    .take = settings_take_url, .expected = "a URL",
	    .help = "of the page, for links in alerts",
	    .more = "Without it there are no links." },
	{ .name = "domain_metrics", .kind = SCHEMA_BOOL,
	    AT(http.domain_metrics), .help = "metrics for each domain",
	    .more = "Without them the metrics have sums only, which a "
	    "Prometheus bears better when there are very many domains." },
	{ .name = NULL },
};

const struct schema_key settings_canary_keys[] = {
	{ .name = "smtp", .kind = SCHEMA_LIST, AT(canaries.smtp),
	    COUNT(canaries.nsmtp), .max = CANARIES_MAX,
	    .take = settings_take_mail_server, .expected = "a mail server",
	    .help = "mail servers that always answer: HOST or ADDRESS",
	    .more = "Their port is smtp.port." },
	{ .name = "interval", .kind = SCHEMA_DURATION,
	    AT(canaries.interval_ms), .min = SECOND, .max = HOUR,
	    .more = "How often they are asked, and the resolvers for a "
	    "control question. The dialogue with a canary ends after EHLO." },
	{ .name = NULL },
};

const struct schema_key settings_heartbeat_keys[] = {
	{ .name = "url", .kind = SCHEMA_TEXT, AT(heartbeat_url),
	    .take = settings_take_url, .expected = "a URL",
	    .show = show_heartbeat_url,
	    .help = "fetched while all is well, for an outside watcher" },
	{ .name = "url_file", .kind = SCHEMA_TEXT, AT(heartbeat_file),
	    .expected = "a file",
	    .help = "a file that holds the URL",
	    .more = "As for channels: mode 0600, and beside the "
	    "configuration." },
	{ .name = "interval", .kind = SCHEMA_DURATION, AT(heartbeat_ms),
	    .min = SECOND, .max = DAY,
	    .more = "How often it is fetched." },
	{ .name = NULL },
};

const struct schema_key settings_store_keys[] = {
	{ .name = "path", .kind = SCHEMA_TEXT, AT(store_path),
	    .take = settings_take_path, .show = show_store,
	    .expected = "an absolute path",
	    .more = "The file, an SQLite database. It must be on a local "
	    "disk, and no other agent may use it. A change needs a restart." },
	{ .name = "keep", .kind = SCHEMA_DURATION, AT(keep_ms), .min = DAY,
	    .max = 3650 * DAY, .help = "how long history is kept",
	    .more = "Older incidents, changes and minutes of availability "
	    "are removed." },
	{ .name = NULL },
};

const struct schema_key settings_interval_keys[] = {
	{ .name = "dns", .kind = SCHEMA_DURATION, AT(dns_interval_ms),
	    .min = SECOND, .max = 30 * DAY,
	    .help = "a domain, through the vantages",
	    .more = "domains[].interval changes it for some of them." },
	{ .name = "smtp", .kind = SCHEMA_DURATION, AT(smtp_interval_ms),
	    .min = SECOND, .max = 30 * DAY, .help = "a mail server" },
	{ .name = "authority", .kind = SCHEMA_DURATION,
	    AT(authority_interval_ms), .min = SECOND, .max = 30 * DAY,
	    .help = "a domain's own name servers" },
	{ .name = "tls", .kind = SCHEMA_DURATION, AT(tls_interval_ms),
	    .min = SECOND, .max = 30 * DAY, .help = "a certificate" },
	{ .name = NULL },
};
/* clang-format on */
