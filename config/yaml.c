#include <stdarg.h>
#include <string.h>

#include "config/yaml.h"

static void
complain_at(
    struct yaml_file *file, yaml_mark_t mark, const char *format, va_list ap)
{
	if (++file->nerrors > YAML_MISTAKES_MAX)
		return;
	buf_printf(file->errors, "%s:%zu:%zu: ", file->path, mark.line + 1,
	    mark.column + 1);
	buf_vprintf(file->errors, format, ap);
	buf_putc(file->errors, '\n');
}

static int refuse(struct yaml_file *file, yaml_mark_t mark, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

static int
refuse(struct yaml_file *file, yaml_mark_t mark, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain_at(file, mark, format, ap);
	va_end(ap);
	return -1;
}

void
yaml_complain(
    struct yaml_file *file, const yaml_node_t *node, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain_at(file, node->start_mark, format, ap);
	va_end(ap);
}

void
yaml_complain_of(struct yaml_file *file, const char *path, size_t line,
    size_t column, const char *format, ...)
{
	va_list ap;

	if (++file->nerrors > YAML_MISTAKES_MAX)
		return;
	buf_printf(file->errors, "%s:%zu:%zu: ", path, line, column);
	va_start(ap, format);
	buf_vprintf(file->errors, format, ap);
	va_end(ap);
	buf_putc(file->errors, '\n');
}

/* ----------------------------------------------------------------- syntax */

/* The place of the byte at this offset. */
static yaml_mark_t
mark_of(const struct yaml_file *file, size_t offset)
{
	yaml_mark_t mark = { .index = offset };

	for (size_t i = 0; i < offset && i < file->len; i++) {
		if (file->text[i] == '\n') {
			mark.line++;
			mark.column = 0;
		} else if ((file->text[i] & 0xc0) != 0x80) {
			mark.column++; /* not inside a character */
		}
	}
	return mark;
}

/* Does the line of the mark begin with a tab, before any text? */
static bool
is_indented_by_tab(const struct yaml_file *file, yaml_mark_t mark)
{
	const char *line = file->text, *end = file->text + file->len;

	while (mark.line-- > 0 && line != NULL) {
		line = memchr(line, '\n', (size_t)(end - line));
		line = line == NULL ? NULL : line + 1;
	}
	while (line != NULL && line < end && *line == ' ')
		line++;
	return line != NULL && line < end && *line == '\t';
}

/* What libyaml has to say, in one line. */
static int
refuse_syntax(struct yaml_file *file, const yaml_parser_t *parser)
{
	const char *context = parser->context;

	switch (parser->error) {
	case YAML_MEMORY_ERROR:
		return refuse(file, parser->mark, "out of memory");
	case YAML_READER_ERROR:
		return refuse(file, mark_of(file, parser->problem_offset),
		    "not a plain UTF-8 text: %s", parser->problem);
	case YAML_SCANNER_ERROR:
		if (is_indented_by_tab(file, parser->problem_mark))
			return refuse(file, parser->problem_mark,
			    "a tab cannot indent: use spaces");
		break;
	default:
		break;
	}
	return refuse(file, parser->problem_mark, "%s%s%s", parser->problem,
	    context == NULL ? "" : " ", context == NULL ? "" : context);
}

/* A parser that is about to read the text.  The caller deletes it. */
static int
open_parser(struct yaml_file *file, yaml_parser_t *parser)
{
	if (!yaml_parser_initialize(parser))
		return refuse(file, (yaml_mark_t){ 0 }, "out of memory");
	yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    parser, (const unsigned char *)file->text, file->len);
	return 0;
}

/* ------------------------------------------------------------- first pass */

struct guard {
	unsigned depth, documents;
};

/* What the event may not have, in words; or NULL. */
static const char *
extra(const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	if (anchor != NULL || event->type == YAML_ALIAS_EVENT)
		return "anchors and aliases";
	return tag != NULL ? "tags" : NULL;
}

static void
count_depth(struct guard *guard, const yaml_event_t *event)
{
	if (event->type == YAML_SEQUENCE_START_EVENT ||
	    event->type == YAML_MAPPING_START_EVENT)
		guard->depth++;
	if (event->type == YAML_SEQUENCE_END_EVENT ||
	    event->type == YAML_MAPPING_END_EVENT)
		guard->depth--;
}

static int
guard_event(
    struct yaml_file *file, struct guard *guard, const yaml_event_t *event)
{
	const char *found = extra(event);

	if (found != NULL)
		return refuse(
		    file, event->start_mark, "%s are not allowed here", found);
	if (event->type == YAML_DOCUMENT_START_EVENT && ++guard->documents > 1)
		return refuse(file, event->start_mark,
		    "a second document is not allowed here");
	count_depth(guard, event);
	if (guard->depth > YAML_DEPTH_MAX)
		return refuse(file, event->start_mark, "nested deeper than %d",
		    YAML_DEPTH_MAX);
	if (event->type == YAML_SCALAR_EVENT &&
	    memchr(event->data.scalar.value, '\0', event->data.scalar.length) !=
	        NULL)
		return refuse(
		    file, event->start_mark, "a zero byte is not allowed here");
	return 0;
}

/* libyaml takes time quadratic in the depth of flow nesting to build a tree:
 * so the events are looked through before. */
static int
guard_all(struct yaml_file *file)
{
	struct guard guard = { 0, 0 };
	yaml_parser_t parser;
	yaml_event_t event;
	bool end = false;
	int result = 0;

	if (open_parser(file, &parser) != 0)
		return -1;
	while (result == 0 && !end) {
		if (!yaml_parser_parse(&parser, &event)) {
			result = refuse_syntax(file, &parser);
			break;
		}
		end = event.type == YAML_STREAM_END_EVENT;
		result = guard_event(file, &guard, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return result;
}

/* ------------------------------------------------------------ second pass */

static int
load(struct yaml_file *file)
{
	yaml_parser_t parser;
	int result = 0;

	if (open_parser(file, &parser) != 0)
		return -1;
	if (yaml_parser_load(&parser, &file->document))
		file->root = yaml_document_get_root_node(&file->document);
	else
		result = refuse_syntax(file, &parser);
	yaml_parser_delete(&parser);
	return result;
}

int
yaml_file_read(struct yaml_file *file, const char *path, const char *text,
    size_t len, struct buf *errors)
{
	*file = (struct yaml_file){
		.path = path, .errors = errors, .text = text, .len = len
	};
	if (len > YAML_SIZE_MAX)
		return refuse(file, mark_of(file, YAML_SIZE_MAX),
		    "larger than %u bytes", YAML_SIZE_MAX);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		file->text += 3; /* a UTF-8 mark */
		file->len -= 3;
	}
	if (guard_all(file) != 0)
		return -1;
	return load(file);
}

void
yaml_file_free(struct yaml_file *file)
{
	if (file->nerrors > YAML_MISTAKES_MAX)
		buf_printf(file->errors, "%s: and %u more mistakes\n",
		    file->path, file->nerrors - YAML_MISTAKES_MAX);
	yaml_document_delete(&file->document);
}

yaml_node_t *
yaml_node(struct yaml_file *file, int index)
{
	return yaml_document_get_node(&file->document, index);
}

const char *
yaml_scalar(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE ?
	    (const char *)node->data.scalar.value :
	    NULL;
}

bool
yaml_is_plain(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE &&
	    node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* YAML 1.2.2, section 10.3.2, "Tag Resolution": the core schema's null. */
bool
yaml_is_nothing(const yaml_node_t *node)
{
	static const char *const nothing[] = { "", "~", "null", "Null",
		"NULL" };

	if (!yaml_is_plain(node))
		return false;
	for (size_t i = 0; i < sizeof(nothing) / sizeof(*nothing); i++)
		if (strcmp(yaml_scalar(node), nothing[i]) == 0)
			return true;
	return false;
}
