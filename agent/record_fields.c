#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"
#include "agent/base/text.h"

#include "agent/record_fields.h"

int
record_fault(const struct record_fault *f, const char *key, const char *what)
{
	snprintf(f->why, f->size, "%s%s: %s", f->path, key, what);
	return -1;
}

static int
no_memory(const struct record_fault *f, const char *key)
{
	return record_fault(f, key, "out of memory");
}

/* --------------------------------------------------------------- numbers */

/* Integers of every width through one pair of functions. */
static int64_t
load(enum field_kind kind, const void *at)
{
	switch (kind) {
	case FIELD_UINT8:
		return *(const uint8_t *)at;
	case FIELD_UINT16:
		return *(const uint16_t *)at;
	case FIELD_UINT32:
		return *(const uint32_t *)at;
	case FIELD_UINT:
		return *(const unsigned *)at;
	case FIELD_INT:
		return *(const int *)at;
	case FIELD_SIZE:
		return (int64_t) * (const size_t *)at;
	default:
		return *(const int64_t *)at;
	}
}

static void
store(enum field_kind kind, void *at, int64_t value)
{
	switch (kind) {
	case FIELD_UINT8:
		*(uint8_t *)at = (uint8_t)value;
		break;
	case FIELD_UINT16:
		*(uint16_t *)at = (uint16_t)value;
		break;
	case FIELD_UINT32:
		*(uint32_t *)at = (uint32_t)value;
		break;
	case FIELD_UINT:
		*(unsigned *)at = (unsigned)value;
		break;
	case FIELD_INT:
		*(int *)at = (int)value;
		break;
	case FIELD_SIZE:
		*(size_t *)at = (size_t)value;
		break;
	default:
		*(int64_t *)at = value;
	}
}

static int
wrong_range(const struct field *f, const struct record_fault *fault)
{
	char what[96];

	snprintf(what, sizeof(what), "a number from %lld to %lld expected",
	    (long long)f->min, (long long)f->max);
	return record_fault(fault, f->key, what);
}

static int
read_integer(const struct field *f, const json_t *value, void *at,
    const struct record_fault *fault)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < f->min || number > f->max)
		return wrong_range(f, fault);
	store(f->kind, at, number);
	return 0;
}

static int
read_real(const struct field *f, const json_t *value, double *at,
    const struct record_fault *fault)
{
	double number = json_number_value(value);

	if (!json_is_number(value) || !(number >= (double)f->min) ||
	    !(number <= (double)f->max))
		return wrong_range(f, fault);
	*at = number;
	return 0;
}

/* An end of a range. */
static json_t *
write_bound(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static int
read_bound(const struct field *f, const json_t *value, double *at,
    const struct record_fault *fault)
{
	if (json_is_null(value))
		*at =
		    f->kind == FIELD_LOW ? (double)-INFINITY : (double)INFINITY;
	else if (json_is_number(value))
		*at = json_number_value(value);
	else
		return record_fault(fault, f->key, "a number or null expected");
	return 0;
}

/* ----------------------------------------------------------------- words */

static json_t *
write_word(const struct field *f, unsigned i)
{
	const char *word = f->word(i);

	return word == NULL || *word == '\0' ? json_null() : json_string(word);
}

static int
read_word(const struct field *f, const json_t *value, unsigned *at,
    const struct record_fault *fault)
{
	const char *text = json_is_null(value) ? "" : json_string_value(value);
	const char *word;

	for (unsigned i = 0; text != NULL && (word = f->word(i)) != NULL; i++)
		if (strcmp(word, text) == 0) {
			*at = i;
			return 0;
		}
	return record_fault(fault, f->key, "not one of its words");
}

/* ------------------------------------------------------------------ texts */

static bool
is_name(const char *text)
{
	uint8_t wire[NAME_WIRE];
	char again[NAME_TEXT];
	int len = name_to_wire(text, wire);

	return len > 0 && name_from_wire(wire, (size_t)len, again) == 0 &&
	    strcmp(text, again) == 0;
}

/* Would it go to a terminal as it is?  Line breaks only where they belong. */
static bool
is_safe(const char *text, bool lines)
{
	size_t size = strlen(text) + 4;
	char *line = malloc(size), *again = malloc(size);
	bool safe = line != NULL && again != NULL;

	while (safe && *text != '\0') {
		size_t len = lines ? strcspn(text, "\n") : strlen(text);

		memcpy(line, text, len);
		line[len] = '\0';
		text_line(again, size, line);
		safe = strcmp(line, again) == 0;
		text += len + (text[len] == '\n');
	}
	free(line);
	free(again);
	return safe;
}

static bool
may_be_null(enum field_kind kind)
{
	return kind != FIELD_NAME && kind != FIELD_TEXT;
}

/* What is wrong with the text, or NULL. */
static const char *
text_fault(enum field_kind kind, const char *text)
{
	if (kind == FIELD_NAME || kind == FIELD_NAME_NULL)
		return is_name(text) ? NULL : "not a name in canonical form";
	if (kind == FIELD_RAW || is_safe(text, kind == FIELD_LINES))
		return NULL;
	return "holds control characters";
}

static int
read_text(const struct field *f, const json_t *value, char **at,
    const struct record_fault *fault)
{
	const char *text = json_string_value(value), *wrong;
	char *copy = NULL;

	if (text == NULL && !(json_is_null(value) && may_be_null(f->kind)))
		return record_fault(fault, f->key, "a text expected");
	if (text != NULL) {
		wrong = text_fault(f->kind, text);
		if (wrong != NULL)
			return record_fault(fault, f->key, wrong);
		copy = strdup(text);
		if (copy == NULL)
			return no_memory(fault, f->key);
	}
	free(*at);
	*at = copy;
	return 0;
}

/* -------------------------------------------------------------- addresses */

static json_t *
write_ip(const struct ip *ip)
{
	char text[IP_TEXT];

	return ip->family == 0 ? json_null() : json_string(ip_format(ip, text));
}

static int
read_ip(const struct field *f, const json_t *value, struct ip *at,
    const struct record_fault *fault)
{
	const char *text = json_string_value(value);

	if (json_is_null(value))
		*at = (struct ip){ 0 };
	else if (text == NULL || ip_parse(text, at) != 0)
		return record_fault(fault, f->key, "an address expected");
	return 0;
}

/* ------------------------------------------------------------------ whole */

static json_t *
write_one(const struct field *f, const void *at)
{
	switch (f->kind) {
	case FIELD_BOOL:
		return json_boolean(*(const bool *)at);
	case FIELD_ENUM:
		return write_word(f, *(const unsigned *)at);
	case FIELD_REAL:
	case FIELD_LOW:
	case FIELD_HIGH:
		return write_bound(*(const double *)at);
	case FIELD_IP:
		return write_ip(at);
	case FIELD_NAME:
	case FIELD_NAME_NULL:
	case FIELD_TEXT:
	case FIELD_TEXT_NULL:
	case FIELD_LINES:
	case FIELD_RAW:
		return *(char *const *)at == NULL ?
		    json_null() :
		    json_string(*(char *const *)at);
	default:
		return json_integer(load(f->kind, at));
	}
}

static int
read_one(const struct field *f, const json_t *value, void *at,
    const struct record_fault *fault)
{
	if (value == NULL)
		return record_fault(fault, f->key, "is not there");
	switch (f->kind) {
	case FIELD_BOOL:
		if (!json_is_boolean(value))
			return record_fault(
			    fault, f->key, "true or false expected");
		*(bool *)at = json_is_true(value);
		return 0;
	case FIELD_ENUM:
		return read_word(f, value, at, fault);
	case FIELD_REAL:
		return read_real(f, value, at, fault);
	case FIELD_LOW:
	case FIELD_HIGH:
		return read_bound(f, value, at, fault);
	case FIELD_IP:
		return read_ip(f, value, at, fault);
	case FIELD_NAME:
	case FIELD_NAME_NULL:
	case FIELD_TEXT:
	case FIELD_TEXT_NULL:
	case FIELD_LINES:
	case FIELD_RAW:
		return read_text(f, value, at, fault);
	default:
		return read_integer(f, value, at, fault);
	}
}

json_t *
record_fields_write(const struct field *f, const void *from)
{
	json_t *object = json_object();

	for (; f->key != NULL && object != NULL; f++)
		if (json_object_set_new(object, f->key,
		        write_one(f, (const char *)from + f->offset)) != 0) {
			json_decref(object);
			object = NULL;
		}
	return object;
}

int
record_fields_read(const struct field *f, const json_t *object, void *into,
    const struct record_fault *fault)
{
	if (!json_is_object(object))
		return record_fault(fault, "", "an object expected");
	for (; f->key != NULL; f++)
		if (read_one(f, json_object_get(object, f->key),
		        (char *)into + f->offset, fault) != 0)
			return -1;
	return 0;
}
