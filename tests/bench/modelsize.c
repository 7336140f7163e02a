#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/model/model.h"

/*
 * What a domain costs in the model: modelsize [DOMAINS] [VANTAGES]
 *
 * Domains of a provider (50 sets of name servers, 500 of mail servers, one
 * serial each) are added, looked at, assembled until all is known, and looked
 * at again.  It prints bytes a domain, as the growth of what malloc() gave out
 * from a hundredth of the domains to all of them (with the text and the entry
 * that a domain has in the settings), and the time of a look that finds the
 * same.
 */

#define NS_SETS   50
#define MX_SETS   500
#define NAME_ROOM 16
#define SERIAL    2026112401

struct bench {
	struct settings settings;
	struct vantage_setting vantage[SETTINGS_VANTAGES_MAX];
	struct domain_group group;
	struct domain_setting *setting;
	char *text;
	struct model *model;
	struct thing **wanted; /* a ring */
	size_t size, first, n;
	uint64_t print;
	struct mono now;
	size_t looks, assemblies;
	double assembling_s;
};

/* ----------------------------------------------------------------- answers */

static void
put(struct obs_dns *o, enum dns_section section, const struct dns_rr *rr)
{
	if (obs_dns_add(o, section, rr) != 0)
		abort();
	o->status = section == DNS_ANSWER ? DNS_OK : o->status;
}

static void
put_pair(struct obs_dns *o, const char *letter, const char *set)
{
	for (int i = 1; i <= 2; i++) {
		char target[64];
		struct dns_rr rr = { .owner = o->name,
			.target = target,
			.type = o->type,
			.preference = (uint16_t)(o->type == DNS_MX ? i : 0),
			.ttl = 3600 };

		snprintf(target, sizeof(target), "%s%d.%s.net", letter, i, set);
		put(o, DNS_ANSWER, &rr);
	}
}

/* 198.18.0.0/15 for all hosts. */
static struct ip
address_of(const char *name)
{
	struct ip ip = { .family = 4, .byte = { 198, 18 } };
	unsigned hash = 0;

	for (; *name != '\0'; name++)
		hash = hash * 31 + (unsigned char)*name;
	ip.byte[1] = (uint8_t)(18 + (hash >> 16 & 1));
	ip.byte[2] = (uint8_t)(hash >> 8);
	ip.byte[3] = (uint8_t)hash;
	return ip;
}

static size_t
number_of(const char *name)
{
	return strtoul(name + 1, NULL, 10);
}

static void
say_of_domain(struct obs_dns *o)
{
	size_t number = number_of(o->name);
	char set[32];
	struct dns_rr soa = { .owner = o->name,
		.target = (char[]){ "ns1.s0.net" },
		.type = DNS_SOA,
		.ttl = 3600,
		.soa = { (uint32_t)(SERIAL + number), 1, 2, 3, 4 } };

	o->aa = o->direct;
	snprintf(set, sizeof(set), "s%zu", number % NS_SETS);
	if (o->type == DNS_NS)
		put_pair(o, "ns", set);
	snprintf(set, sizeof(set), "m%zu", number % MX_SETS);
	if (o->type == DNS_MX)
		put_pair(o, "mx", set);
	if (o->type == DNS_SOA)
		put(o, DNS_ANSWER, &soa);
}

/* The servers of the zone above refer to those of the domain. */
static void
refer(struct obs_dns *o)
{
	say_of_domain(o);
	o->aa = false;
	for (size_t i = 0; i < o->nrr; i++)
		o->section[i] = DNS_AUTHORITY;
}

static void
say(struct obs_dns *o)
{
	bool host = strchr(o->name, '.') != strrchr(o->name, '.');
	struct dns_rr a = { .owner = o->name,
		.type = DNS_A,
		.ttl = 60,
		.ip = address_of(o->name) };

	o->rcode = 0;
	o->rtt_ms = 5;
	o->status = DNS_NODATA;
	if (strncmp(o->name, "d", 1) == 0 &&
	    strstr(o->name, ".example") != NULL) {
		if (o->direct && o->server.byte[0] == 198 &&
		    o->server.byte[1] == 17)
			refer(o);
		else
			say_of_domain(o);
	} else if (host && o->type == DNS_A) {
		/* Those of the zones above are elsewhere. */
		if (strstr(o->name, "nic") != NULL)
			a.ip.byte[1] = 17;
		put(o, DNS_ANSWER, &a);
	} else if (!host && o->type == DNS_NS)
		put_pair(o, "nic", "zones");
}

static struct obs_dns *
answer(
    struct bench *b, const struct task *task, unsigned vantage, uint16_t type)
{
	struct obs_dns *o = obs_dns_new(task->name, type);

	if (o == NULL)
		abort();
	o->direct = task->kind == TASK_ASK;
	o->vantage = vantage;
	o->server = task->ip;
	o->print = ++b->print;
	say(o);
	return o;
}

static struct obs_smtp *
talk(const struct task *task)
{
	struct obs_smtp *o = obs_smtp_new(&task->ip, 25, task->name);

	if (o == NULL)
		abort();
	o->phase = SMTP_DONE;
	o->connect_ms = o->greeting_ms = o->ehlo_ms = o->total_ms = 5;
	return o;
}

/* ------------------------------------------------------------------- looks */

#define PARTS_MAX (SETTINGS_VANTAGES_MAX * TASK_TYPES_MAX)

static void
learn(struct bench *b, struct thing *thing)
{
	struct obs_dns *dns[PARTS_MAX];
	struct task_result result = { .dns = dns };
	struct task task;

	model_task(b->model, thing, b->now, &task);
	if (task.kind == TASK_DIALOGUE)
		result.smtp = talk(&task);
	for (unsigned v = 0; task.kind != TASK_DIALOGUE && v < 32; v++)
		for (size_t t = 0; t < task.ntype; t++)
			if (task.kind == TASK_LOOKUP ? task.vantages >> v & 1 :
			                               v == 0)
				dns[result.ndns++] =
				    answer(b, &task, v, task.type[t]);
	model_learn(b->model, thing, &result, b->now);
	for (size_t i = 0; i < result.ndns; i++)
		obs_dns_unref(dns[i]);
	obs_smtp_unref(result.smtp);
	b->looks++;
}

static void
wanted(void *arg, struct thing *thing)
{
	struct bench *b = arg;

	if (slot_is_scheduled(&thing->slot))
		return;
	thing->slot.fifo = 1;
	if (b->n == b->size)
		abort();
	b->wanted[(b->first + b->n++) % b->size] = thing;
}

static void
unwanted(void *arg, struct thing *thing)
{
	(void)arg;
	(void)thing;
	abort();
}

static const char *
refuses(void *arg, const struct ip *ip)
{
	(void)arg;
	(void)ip;
	return NULL;
}

static void
assemble(struct bench *b)
{
	struct mono start = clock_mono();
	struct domain *domain;
	bool pending;

	while ((domain = model_dirty(b->model)) != NULL) {
		facts_free(
		    model_assemble(b->model, domain, clock_wall(), &pending));
		b->assemblies++;
	}
	b->assembling_s += clock_ms_between(start, clock_mono()) / 1000;
}

/* Until all is known.  What is due is looked at before what it makes dirty is
 * assembled, some at a time. */
static void
settle(struct bench *b)
{
	while (b->n > 0 || model_dirty_count(b->model) > 0) {
		for (size_t i = 0; i < 200 && b->n > 0; i++) {
			struct thing *thing = b->wanted[b->first];

			b->first = (b->first + 1) % b->size;
			b->n--;
			thing->slot.fifo = 0;
			learn(b, thing);
		}
		assemble(b);
	}
}

/* ------------------------------------------------------------------- costs */

static size_t
in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void
add(struct bench *b, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		struct domain_setting *s = &b->setting[i];

		snprintf(
		    b->text + i * NAME_ROOM, NAME_ROOM, "d%06zu.example", i);
		*s = (struct domain_setting){ .name = b->text + i * NAME_ROOM };
		if (model_add(b->model, s, &b->group) == NULL)
			abort();
		settle(b);
	}
}

/* All is the same, at each domain. */
static double
look_again(struct bench *b, size_t n)
{
	struct obs_dns *none[PARTS_MAX] = { NULL };
	float ms[PARTS_MAX] = { 0 };
	struct task_result same = { .dns = none, .same_ms = ms };
	struct mono start = clock_mono();

	for (size_t i = 0; i < n; i++) {
		struct thing *own =
		    domain_own(model_domain(b->model, (uint32_t)i));
		struct task task;

		model_task(b->model, own, b->now, &task);
		same.ndns = task.ntype * b->settings.nvantage;
		if (model_learn(b->model, own, &same, b->now) != LEARNED_SAME)
			abort();
	}
	return clock_ms_between(start, clock_mono()) * 1e6 / (double)n;
}

/* A mail server changes, on which one of 500 rests: who is it? */
static double
pass(struct bench *b)
{
	struct ip ip = address_of("mx1.m7.net");
	struct thing *mx = model_endpoint(b->model, &ip);
	struct mono start;
	struct obs_smtp *down = obs_smtp_new(&ip, 25, "mx1.m7.net");
	struct task_result result = { .smtp = down };
	size_t n = 0;

	if (mx == NULL || down == NULL)
		abort();
	down->error = SMTP_TIMEOUT;
	model_learn(b->model, mx, &result, b->now);
	obs_smtp_unref(down);
	start = clock_mono();
	while (model_dirty(b->model) != NULL)
		n++;
	fprintf(stderr, "%zu domains rest on one mail server\n", n);
	return clock_ms_between(start, clock_mono());
}

static void
set_up(struct bench *b, size_t domains, size_t vantages)
{
	static const struct model_hooks hooks = {
		.wanted = wanted, .unwanted = unwanted, .refuses = refuses
	};

	static char name[] = "v";

	for (size_t i = 0; i < vantages; i++)
		b->vantage[i] = (struct vantage_setting){ .name = name };
	b->settings = (struct settings){ .vantage = b->vantage,
		.nvantage = vantages,
		.smtp_port = 25,
		.depth = DEPTH_EHLO,
		.dns_interval_ms = 300000,
		.smtp_interval_ms = 300000,
		.authority_interval_ms = 3600000 };
	b->setting = calloc(domains, sizeof(*b->setting));
	b->text = calloc(domains, NAME_ROOM);
	b->size = 1 << 16;
	b->wanted = calloc(b->size, sizeof(struct thing *));
	b->model = model_new(&b->settings, &hooks, b);
	b->now = clock_mono();
	if (b->setting == NULL || b->text == NULL || b->wanted == NULL ||
	    b->model == NULL)
		abort();
	wanted(b, model_control(b->model));
}

int
main(int argc, char **argv)
{
	static struct bench b;
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	size_t vantages = argc > 2 ? strtoul(argv[2], NULL, 10) : 3;
	size_t few = n / 100, before, settings;
	struct model_stats stats;
	struct mono start = clock_mono();
	double same, passed;

	set_up(&b, n, vantages);
	add(&b, 0, few);
	before = in_use();
	add(&b, few, n);
	settings = sizeof(struct domain_setting) + NAME_ROOM;
	model_stats(b.model, &stats);
	printf("bytes_domain %.1f (of which settings %zu)\n",
	    (double)(in_use() - before) / (double)(n - few) + (double)settings,
	    settings);
	printf("record %zu, node of a thing %zu\n", sizeof(struct domain),
	    sizeof(struct thing));
	printf("first_pass_s %.1f, of it assembling %.1f (%.1f us each)\n",
	    clock_ms_between(start, clock_mono()) / 1000, b.assembling_s,
	    b.assembling_s * 1e6 / (double)b.assemblies);
	same = look_again(&b, n);
	same = look_again(&b, n);
	passed = pass(&b);
	printf("same_ns %.0f\npass_ms %.2f\n", same, passed);
	printf("names %zu servers %zu endpoints %zu answers %zu\n", stats.names,
	    stats.servers, stats.endpoints, stats.answers);
	model_free(b.model);
	free(b.setting);
	free(b.text);
	free(b.wanted);
	return 0;
}
