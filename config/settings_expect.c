#include <stdlib.h>
#include <string.h>

#include "config/settings_domains.h"

/* What is known of a domain beforehand. */

#define HOSTS_MAX 64

#define IN(member)    .offset = offsetof(struct domain_item, expect.member)
#define COUNT(member) .count = offsetof(struct domain_item, expect.member)

static bool
show_no_mail(struct buf *out, const void *from)
{
	const struct domain_item *item = from;

	buf_puts(out, " true\n");
	return item->expect.no_mail;
}

/* clang-format off */
const struct schema_key settings_expect_keys[] = {
	{ .name = "down", .kind = SCHEMA_LIST, IN(down), COUNT(ndown),
	    .max = HOSTS_MAX, .take = settings_take_host,
	    .expected = "a host name",
	    .more = "Mail servers that never answer, such as the first one "
	    "in nolisting: that they are down is no finding. That no server "
	    "at all takes mail still is." },
	{ .name = "backup", .kind = SCHEMA_LIST, IN(backup), COUNT(nbackup),
	    .max = HOSTS_MAX, .take = settings_take_host,
	    .expected = "a host name",
	    .more = "Mail servers that take mail only in need: that they "
	    "are down is no finding while another one takes mail." },
	{ .name = "no_mail", .kind = SCHEMA_BOOL, IN(no_mail),
	    .show = show_no_mail,
	    .more = "It takes no mail, and that is right. That it does take "
	    "some is told then (rule mx.changed)." },
	{ .name = "ns", .kind = SCHEMA_LIST, IN(ns), COUNT(nns),
	    .max = HOSTS_MAX, .take = settings_take_host,
	    .expected = "a host name",
	    .more = "All name servers as they should be. Another set is a "
	    "warning (rule dns.ns-changed)." },
	{ .name = "mx", .kind = SCHEMA_LIST, IN(mx), COUNT(nmx),
	    .max = HOSTS_MAX, .take = settings_take_mx,
	    .expected = "PREFERENCE HOST",
	    .more = "All MX records as they should be, each such as \"10 "
	    "mx1.example.org\". Another set is a warning (rule mx.changed)." },
	{ .name = NULL },
};
/* clang-format on */

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "10 mx1.example.org": by the number, then by the host. */
static int
compare_mx(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	long left = strtol(x, NULL, 10), right = strtol(y, NULL, 10);

	if (left != right)
		return left < right ? -1 : 1;
	return strcmp(strchr(x, ' '), strchr(y, ' '));
}

static void
sort(char **text, size_t n, int (*compare)(const void *, const void *))
{
	if (n > 1)
		qsort(text, n, sizeof(*text), compare);
}

void
settings_sort_expect(struct expect_setting *expect)
{
	sort(expect->down, expect->ndown, compare_texts);
	sort(expect->backup, expect->nbackup, compare_texts);
	sort(expect->ns, expect->nns, compare_texts);
	sort(expect->mx, expect->nmx, compare_mx);
}

bool
settings_expects(const struct expect_setting *expect)
{
	return expect->no_mail ||
	    expect->ndown + expect->nbackup + expect->nns + expect->nmx > 0;
}

void
settings_free_expect(struct expect_setting *expect)
{
	settings_free_texts(expect->down, expect->ndown);
	settings_free_texts(expect->backup, expect->nbackup);
	settings_free_texts(expect->ns, expect->nns);
	settings_free_texts(expect->mx, expect->nmx);
}
