#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent/show/nagios.h"

/*
 * Performance data: label=value[unit];[warn];[crit];[min];[max], separated by
 * blanks; "U" in place of a value (and its unit) that is not known.
 */

#define DAY_US (INT64_C(86400) * 1000000)

/* A bound of a range: no exponent, which the grammar does not have. */
static void
add_bound(struct buf *out, double value)
{
	char text[400]; /* DBL_MAX has 309 digits before the point */
	size_t len = (size_t)snprintf(text, sizeof(text), "%.9f", value);

	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	buf_add(out, text, len);
}

/* The canonical form of a range: "10", "10:", "~:10", "10:20", "@10:20". */
static void
add_range(struct buf *out, const struct range *r)
{
	if (!r->set)
		return;
	if (r->inside)
		buf_putc(out, '@');
	if (isinf(r->start)) {
		buf_puts(out, "~:");
	} else if (r->start != 0 || isinf(r->end)) {
		add_bound(out, r->start);
		buf_putc(out, ':');
	}
	if (!isinf(r->end))
		add_bound(out, r->end);
}

static void
add_time(struct buf *out, const struct report *r)
{
	if (r->delivery.time_s < 0)
		buf_puts(out, "time=U;");
	else
		buf_printf(out, "time=%.3fs;", r->delivery.time_s);
	add_range(out, &r->policy->warn);
	buf_putc(out, ';');
	add_range(out, &r->policy->crit);
	buf_puts(out, ";0");
}

static unsigned
count_up(const struct view *view)
{
	unsigned n = 0;

	for (size_t i = 0; i < view->nmx; i++)
		n += view->mx[i].state == MX_UP ||
		    view->mx[i].state == MX_DEGRADED;
	return n;
}

/* Vantages that gave an answer to be relied on, whatever it says. */
static unsigned
count_vantages(const struct view *view)
{
	unsigned n = 0;

	for (size_t i = 0; i < view->nvantage; i++) {
		enum dns_status s = view->vantage[i].status;

		n += s == DNS_OK || s == DNS_NODATA || s == DNS_NXDOMAIN;
	}
	return n;
}

/* The certificate that runs out first; false when none was seen. */
static bool
first_expiry(const struct view *view, int64_t *us)
{
	bool found = false;

	for (size_t i = 0; i < view->nmx; i++)
		for (size_t k = 0; k < view->mx[i].naddress; k++) {
			const struct obs_smtp *s = view->mx[i].address[k].smtp;

			if (s == NULL || s->tls == NULL || !s->tls->certificate)
				continue;
			if (!found || s->tls->not_after.us < *us)
				*us = s->tls->not_after.us;
			found = true;
		}
	return found;
}

static void
add_cert_days(struct buf *out, const struct report *r)
{
	int64_t expiry;

	if (first_expiry(r->view, &expiry))
		buf_printf(out, " cert_days=%.0f;",
		    floor(((double)expiry - (double)r->view->now.us) /
		        (double)DAY_US));
	else
		buf_puts(out, " cert_days=U;");
	/* Only what the operator calls critical is: by itself it is a warning.
	 */
	buf_printf(out, "%u:;", r->policy->cert_warn_days);
	if (r->policy->cert_crit_set)
		buf_printf(out, "%u:", r->policy->cert_crit_days);
}

void
nagios_perfdata(struct buf *out, const struct report *r)
{
	const struct view *view = r->view;

	buf_puts(out, " | ");
	add_time(out, r);
	buf_printf(out, " mx_up=%u;;;0;%zu mx_total=%zu;;;0", count_up(view),
	    view->mx_total, view->mx_total);
	if (view->nnetwork == 0)
		buf_puts(out, " ns_networks=U;;;0");
	else
		buf_printf(out, " ns_networks=%zu;;;0", view->nnetwork);
	buf_printf(out, " vantages_ok=%u;;;0;%zu", count_vantages(view),
	    view->nvantage);
	add_cert_days(out, r);
	buf_putc(out, '\n');
}
