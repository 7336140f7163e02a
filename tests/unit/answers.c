#include <stdlib.h>
#include <string.h>

#include "agent/worker/codec.h"
#include "tests/unit/support.h"

#include "tests/unit/answers.h"

static const struct obs_dns *
find_named(const struct facts *f, unsigned vantage, const struct task *task,
    const char *name, uint16_t type)
{
	const struct obs_dns *obs;

	if (task->kind == TASK_ASK)
		return facts_direct(f, &task->ip, name, type);
	obs = facts_answer(f, vantage, name, type);
	for (unsigned v = 0; obs == NULL && v < f->nvantage; v++)
		obs = facts_answer(f, v, name, type);
	return obs;
}

static const struct obs_dns *
find_answer(const struct facts *f, unsigned vantage, const struct task *task,
    uint16_t type)
{
	const struct obs_dns *obs = NULL;
	const char *dot = strrchr(task->name, '.');

	if (f != NULL)
		obs = find_named(f, vantage, task, task->name, type);
	if (f != NULL && obs == NULL && dot != NULL && dot > task->name &&
	    strcmp(dot, ".alike") == 0)
		obs = find_named(f, vantage, task, "example.org", type);
	return obs;
}

/* As the answer to this name. */
static struct obs_dns *
copy_dns(const struct obs_dns *obs, const char *name)
{
	struct cursor in;
	struct obs_dns *copy;
	struct buf bytes;

	buf_init(&bytes, 0);
	if (strcmp(obs->name, name) == 0)
		codec_put_dns(&bytes, obs);
	else
		codec_put_essence(&bytes, obs, 0);
	in = (struct cursor){ .at = (const uint8_t *)bytes.data,
		.end = (const uint8_t *)bytes.data + bytes.len };
	copy = strcmp(obs->name, name) == 0 ?
	    codec_dns(&in) :
	    codec_essence(in.at, bytes.len, name, obs->type);
	assert_non_null(copy);
	buf_free(&bytes);
	return copy;
}

static const enum dns_status control_status[] = {
	[TRI_UNKNOWN] = DNS_UNCHECKED,
	[TRI_NO] = DNS_TIMEOUT,
	[TRI_YES] = DNS_OK,
};

static struct obs_dns *
answer(const struct facts *f, unsigned vantage, const struct task *task,
    uint16_t type)
{
	const struct obs_dns *found = find_answer(f, vantage, task, type);
	struct obs_dns *obs = found != NULL ? copy_dns(found, task->name) :
	                                      obs_dns_new(task->name, type);

	assert_non_null(obs);
	obs->direct = task->kind == TASK_ASK;
	obs->vantage = vantage;
	obs->server = task->ip;
	if (strcmp(task->name, ".") == 0 && f != NULL && vantage < f->nvantage)
		obs->status = control_status[f->vantage[vantage].alive];
	return obs;
}

static struct obs_smtp *
talk(const struct facts *f, const struct task *task)
{
	struct obs_smtp *smtp;

	for (size_t i = 0; f != NULL && i < f->nsmtp; i++)
		if (ip_equal(&f->smtp[i]->ip, &task->ip))
			return obs_smtp_ref(f->smtp[i]);
	smtp = obs_smtp_new(&task->ip, 25, task->name);
	assert_non_null(smtp);
	smtp->error = SMTP_LOCAL;
	return smtp;
}

static bool
is_asked(const struct task *task, unsigned vantage)
{
	return task->kind != TASK_LOOKUP ||
	    (task->vantages >> vantage & 1) != 0;
}

struct task_result
answers_to(const struct facts *f, const struct task *task, unsigned nvantage)
{
	struct task_result result = { .lost = false };
	unsigned n = task->kind == TASK_LOOKUP ? nvantage : 1;

	if (task->kind == TASK_DIALOGUE) {
		result.smtp = talk(f, task);
		return result;
	}
	assert_true(task->ntype > 0);
	result.dns = calloc(n * task->ntype, sizeof(struct obs_dns *));
	assert_non_null(result.dns);
	for (unsigned v = 0; v < n; v++)
		for (size_t t = 0; is_asked(task, v) && t < task->ntype; t++)
			result.dns[result.ndns++] =
			    answer(f, v, task, task->type[t]);
	return result;
}

void
answers_free(struct task_result *result)
{
	for (size_t i = 0; i < result->ndns; i++)
		obs_dns_unref(result->dns[i]);
	free(result->dns);
	obs_smtp_unref(result->smtp);
}
