#include <stdio.h>
#include <string.h>

#include "agent/base/name.h"

#define LABEL_MAX 63

static bool
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool
is_graphic(char c)
{
	return c > ' ' && c < 0x7f;
}

static bool
is_plain(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
}

/* Write one octet of a label.  Returns how many characters that took. */
static size_t
put_octet(uint8_t c, char *out)
{
	if (c >= 'A' && c <= 'Z')
		c = (uint8_t)(c - 'A' + 'a');
	if (is_plain(c)) {
		*out = (char)c;
		return 1;
	}
	if (c == '.' || c == '\\') {
		out[0] = '\\';
		out[1] = (char)c;
		return 2;
	}
	out[0] = '\\';
	out[1] = (char)('0' + c / 100);
	out[2] = (char)('0' + c / 10 % 10);
	out[3] = (char)('0' + c % 10);
	return 4;
}

int
name_from_wire(const uint8_t *wire, size_t len, char *out)
{
	char text[NAME_TEXT];
	size_t at = 0, n = 0;

	if (len == 0 || len > NAME_WIRE)
		return -1;
	while (at < len && wire[at] != 0) {
		size_t label = wire[at++];

		if (label > LABEL_MAX || label >= len - at)
			return -1;
		if (n > 0)
			text[n++] = '.';
		while (label-- > 0)
			n += put_octet(wire[at++], text + n);
	}
	if (at + 1 != len) /* the root label is the last octet */
		return -1;
	if (n == 0)
		text[n++] = '.';
	text[n] = '\0';
	memcpy(out, text, n + 1);
	return 0;
}

/* Read one octet of a label at *text, which is moved behind it.  Returns it,
 * or -1 when what is there cannot stand for one. */
static int
get_octet(const char **text)
{
	const char *s = *text;
	int value;

	if (!is_graphic(*s))
		return -1;
	if (*s != '\\') {
		*text = s + 1;
		return *s;
	}
	if (!is_digit(s[1])) {
		if (!is_graphic(s[1]))
			return -1;
		*text = s + 2;
		return s[1];
	}
	if (!is_digit(s[2]) || !is_digit(s[3]))
		return -1;
	value = (s[1] - '0') * 100 + (s[2] - '0') * 10 + (s[3] - '0');
	*text = s + 4;
	return value > 255 ? -1 : value;
}

/* Read one label at *text to out, with its length before it.  Returns how
 * many octets that took, or -1; room is how many there may be. */
static int
get_label(const char **text, uint8_t *out, int room)
{
	int n = 0;

	while (**text != '.' && **text != '\0') {
		/* Nearly all are: 24 ns for a name, not 39. */
		int c =
		    is_plain((uint8_t) * *text) ? *(*text)++ : get_octet(text);

		if (c < 0 || n == LABEL_MAX || n + 1 >= room)
			return -1;
		out[++n] = (uint8_t)c;
	}
	if (n == 0)
		return -1;
	out[0] = (uint8_t)n;
	return n + 1;
}

int
name_to_wire(const char *text, uint8_t *out)
{
	uint8_t wire[NAME_WIRE];
	int len = 0;

	if (strcmp(text, ".") == 0)
		text++;
	else if (*text == '\0')
		return -1;
	while (*text != '\0') {
		int n = get_label(&text, wire + len, NAME_WIRE - 1 - len);

		if (n < 0)
			return -1;
		len += n;
		if (*text == '.')
			text++;
	}
	wire[len++] = 0;
	memcpy(out, wire, (size_t)len);
	return len;
}

/* Behind the first label and its dot. */
static const char *
skip_label(const char *text)
{
	for (; *text != '\0' && *text != '.'; text++) {
		if (*text == '\\' && text[1] != '\0')
			text++;
	}
	return *text == '.' ? text + 1 : text;
}

const char *
name_parent(const char *text, unsigned n)
{
	while (n-- > 0 && *text != '\0')
		text = skip_label(text);
	return *text == '\0' ? "." : text;
}

unsigned
name_labels(const char *text)
{
	unsigned n = 0;

	if (strcmp(text, ".") == 0)
		return 0;
	for (; *text != '\0'; text = skip_label(text))
		n++;
	return n;
}

bool
name_is_below(const char *child, const char *zone)
{
	unsigned of_child = name_labels(child), of_zone = name_labels(zone);

	return of_child >= of_zone &&
	    strcmp(name_parent(child, of_child - of_zone), zone) == 0;
}

/*
 * The name as a program would see it that takes it for a C string: escapes
 * undone, and cut at NUL.  inet_aton() and with it getaddrinfo() stop at
 * white space too: to them "127.0.0.1 x" is an address.
 */
static void
as_c_string(const char *text, char *out)
{
	size_t n = 0;

	while (*text != '\0' && n < NAME_TEXT - 1) {
		int c = get_octet(&text);

		if (c <= 0 || c == ' ' || (c >= '\t' && c <= '\r'))
			break;
		out[n++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	out[n] = '\0';
	if (n > 1 && out[n - 1] == '.')
		out[n - 1] = '\0';
}

static bool
is_number(const char *label)
{
	if (label[0] == '0' && label[1] == 'x')
		return label[2 + strspn(label + 2, "0123456789abcdef")] == '\0';
	return *label != '\0' && label[strspn(label, "0123456789")] == '\0';
}

/* Is it an address in square brackets (RFC 5321 4.1.3), or one with an IPv6
 * zone (RFC 4007 11.2)?  *ip is set for an exact one. */
static bool
is_dressed(char *text, struct ip *ip)
{
	char *end = text + strcspn(text, "]%");
	char last = *end;
	struct ip found;

	if (*text == '[') {
		text++;
		if (strncmp(text, "ipv6:", 5) == 0)
			text += 5;
		*end = '\0';
		if (last == ']' && end[1] == '\0' &&
		    ip_parse(text, &found) == 0)
			*ip = found;
		return true;
	}
	*end = '\0';
	return last == '%' && ip_parse(text, &found) == 0;
}

enum name_kind
name_kind(const char *text, struct ip *ip)
{
	char plain[NAME_TEXT];
	const char *dot;
	struct ip none;

	if (ip == NULL)
		ip = &none;
	*ip = (struct ip){ 0 };
	if (strcmp(text, ".") == 0 || *text == '\0')
		return NAME_ROOT;
	as_c_string(text, plain);
	dot = strrchr(plain, '.');
	if (strcmp(dot == NULL ? plain : dot + 1, "localhost") == 0)
		return NAME_LOCAL;
	if (ip_parse(plain, ip) == 0)
		return NAME_LITERAL;
	if (is_number(dot == NULL ? plain : dot + 1) || is_dressed(plain, ip))
		return NAME_LITERAL;
	return NAME_HOST;
}
