#ifndef AGENT_SHOW_METRICS_H
#define AGENT_SHOW_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"

/*
 * Metrics as text: Prometheus' format 0.0.4, or OpenMetrics 1.0.  A family is
 * begun once, and all of its samples follow it.
 */

struct metrics {
	struct buf	*out;
	bool		 openmetrics;
	const struct metric *family;	/* begun last */
};

enum metric_type { METRIC_GAUGE, METRIC_COUNTER, METRIC_HISTOGRAM };

/* Labels of a sample, at most. */
#define METRIC_LABELS 5

struct metric {
	const char		*name;		/* without "_total" */
	enum metric_type	 type;
	const char		*help;
	/* Names of the labels of each sample, up to the first NULL. */
	const char		*label[METRIC_LABELS + 1];
};

void	 metrics_init(struct metrics *, struct buf *out, bool openmetrics);

/* Begin a family: HELP and TYPE. */
void	 metrics_family(struct metrics *, const struct metric *);

/* A sample of the family begun last.  value has a text for each label. */
void	 metrics_sample(struct metrics *, const char *const *value,
	    double number);

/* The same of a family with one sample and no label, or with one label. */
void	 metrics_plain(struct metrics *, const struct metric *, double number);
void	 metrics_one(struct metrics *, const char *value, double number);

/* A histogram of nbound + 1 counts that are not cumulative, the last of which
 * is all above the last bound. */
void	 metrics_histogram(struct metrics *, const char *const *value,
	    const double *bound, const uint64_t *count, size_t nbound,
	    double sum);

/* After the last sample. */
void	 metrics_end(struct metrics *);

#endif
