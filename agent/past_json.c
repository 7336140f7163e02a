#include <math.h>
#include <stdio.h>

#include <jansson.h>

#include "agent/show/json_line.h"

#include "agent/past.h"

/* us 0: null. */
static json_t *
when(struct wall at)
{
	char text[CLOCK_TEXT];

	return at.us == 0 ? json_null() : json_string(clock_format(at, text));
}

static json_t *
or_null(const char *text)
{
	return text == NULL || *text == '\0' ? json_null() : json_string(text);
}

/* Without memory the list is NULL, and so is what it goes into: half of an
 * answer would look like a whole one. */
static json_t *
add(json_t *list, json_t *value)
{
	if (json_array_append_new(list, value) == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *
set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) == 0)
		return object;
	json_decref(object);
	return NULL;
}

static double
rounded(double x)
{
	return round(x * 1000) / 1000;
}

static json_t *
period(const struct past *past, const struct past_view *view, size_t i)
{
	double whole = (double)(past->now.us - view->from[i].us) / 60e6;
	json_t *one =
	    json_pack("{s:s, s:o, s:o}", "period", past_periods[i].key, "from",
	        when(view->from[i]), "to", when(past->now));
	char key[64];

	for (size_t state = 0; state < PAST_STATES; state++) {
		const char *name = past_states[state].name;
		double minutes = past_minutes(&view->by[i], state);

		snprintf(key, sizeof(key), "%s_minutes", name);
		one = set(one, key, json_real(rounded(minutes)));
		snprintf(key, sizeof(key), "%s_percent", name);
		one = set(one, key,
		    whole <= 0 ? json_null() :
		                 json_real(rounded(100 * minutes / whole)));
	}
	return one;
}

static json_t *
span(const struct past_span *of)
{
	return json_pack("{s:s, s:o, s:o}", "state", of->state, "from",
	    when(of->from), "to", when(of->to));
}

static json_t *
view(const struct past *past, enum past_kind kind)
{
	const struct past_view *of = &past->view[kind];
	json_t *periods = json_array(), *spans = json_array();

	for (size_t i = 0; i < PAST_PERIODS; i++)
		periods = add(periods, period(past, of, i));
	for (size_t i = 0; i < of->nspan; i++)
		spans = add(spans, span(&of->span[i]));
	return json_pack("{s:s, s:o, s:o, s:o}", "kind", past_kind_name[kind],
	    "first_seen", when(of->first), "availability", periods, "timeline",
	    spans);
}

static json_t *
views(const struct past *past)
{
	json_t *all = json_array();

	for (size_t i = 0; i < PAST_KINDS; i++)
		if (past->view[i].known)
			all = add(all, view(past, (enum past_kind)i));
	return all;
}

/* A list of strings, as it should be in the store; whatever else: none. */
static json_t *
evidence(const char *text)
{
	json_t *list = json_loads(text, 0, NULL);

	if (json_is_array(list))
		return list;
	json_decref(list);
	return json_array();
}

static json_t *
acknowledged(const struct past_incident *one)
{
	if (one->acked.us == 0)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "at", when(one->acked), "by",
	    or_null(one->acked_by), "note", or_null(one->note));
}

static json_t *
incident(const struct past *past, const struct past_incident *one)
{
	struct wall end = one->until.us == 0 ? past->now : one->until;

	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:I, "
	                 "s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "id", (json_int_t)one->id, "rule", one->rule, "severity",
	    one->severity, "state", one->state, "subject", one->subject,
	    "message", one->message, "outcome", one->outcome, "flapping",
	    one->flapping, "domains", (json_int_t)one->peak, "since",
	    when(one->since), "until", when(one->until), "duration_s",
	    json_real(rounded((double)(end.us - one->since.us) / 1e6)),
	    "opened", when(one->opened), "closed", when(one->closed),
	    "acknowledged", acknowledged(one), "evidence",
	    evidence(one->evidence));
}

static json_t *
incidents(const struct past *past)
{
	json_t *all = json_array();

	for (size_t i = 0; i < past->nincident; i++)
		all = add(all, incident(past, &past->incident[i]));
	return all;
}

static json_t *
change(const struct past_change *of)
{
	return json_pack("{s:o, s:s, s:s}", "at", when(of->at), "what",
	    of->what, "text", of->text);
}

static json_t *
changes(const struct past *past)
{
	json_t *all = json_array();

	for (size_t i = 0; i < past->nchange; i++)
		all = add(all, change(&past->change[i]));
	return all;
}

/* What was last believed; null for what is no watched domain. */
static json_t *
believed(const struct past *past)
{
	if (!past->watched)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "outcome",
	    or_null(past->outcome), "verdict", or_null(past->verdict), "since",
	    when(past->state_since), "mx", or_null(past->mx), "ns",
	    or_null(past->ns));
}

void
past_json(struct buf *out, const struct past *past)
{
	json_line(out,
	    json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:b}",
	        "schema", "mxvigil.history/1", "name", past->name, "unicode",
	        or_null(past->unicode), "generated_at", when(past->now),
	        "since", when(past->since), "domain", believed(past), "as",
	        views(past), "incidents", incidents(past), "more_incidents",
	        past->more_incidents, "changes", changes(past), "more_changes",
	        past->more_changes),
	    0);
}
