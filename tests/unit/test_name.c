#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"

#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define A16 "aaaaaaaaaaaaaaaa"
#define A61 A16 A16 A16 "aaaaaaaaaaaaa"
#define A63 A61 "aa"

/* ------------------------------------------------------- text and wire */

static void
test_wire_good(void **state)
{
	static const struct {
		const char *wire;
		size_t len;
		const char *text;
	} row[] = {
		{ "", 1, "." },
		{ "\3org", 5, "org" },
		{ "\7example\3org", 13, "example.org" },
		{ "\7EXAMPLE\3Org", 13, "example.org" },
		{ "\6_dmarc\1a", 10, "_dmarc.a" },
		{ "\3a.b\1c", 7, "a\\.b.c" },
		{ "\3a\\b", 5, "a\\\\b" },
		{ "\3a\0b", 5, "a\\000b" },
		{ "\3a b", 5, "a\\032b" },
		{ "\1*\1a", 5, "\\042.a" },
		{ "\2\xc3\xa9", 4, "\\195\\169" },
		{ "\1\xff", 3, "\\255" },
		{ "\7<b>\"'`|", 9, "\\060b\\062\\034\\039\\096\\124" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		const uint8_t *wire = (const uint8_t *)row[i].wire;
		char text[NAME_TEXT], again[NAME_TEXT];
		uint8_t back[NAME_WIRE];

		assert_int_equal(name_from_wire(wire, row[i].len, text), 0);
		assert_string_equal(text, row[i].text);
		assert_int_equal(name_to_wire(text, back), row[i].len);
		assert_int_equal(name_from_wire(back, row[i].len, again), 0);
		assert_string_equal(again, text);
	}
}

static void
test_wire_bad(void **state)
{
	static const struct {
		const char *label, *wire;
		size_t len;
	} row[] = {
		{ "nothing", "", 0 },
		{ "no root label", "\3org", 4 },
		{ "cut label", "\7exam", 5 },
		{ "label to the end", "\4org", 5 },
		{ "bytes behind the root", "\3org\0x", 6 },
		{ "two roots", "\0", 2 },
		{ "pointer", "\xc0\x0c", 2 },
		{ "pointer behind a label", "\3org\xc0\x0c", 6 },
		{ "label type 01", "\x41x", 3 },
		{ "label type 10", "\x80x", 3 },
		{ "64 octets", "\x40" A63 "a", 66 },
		{ "only a length", "\1", 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		char text[NAME_TEXT] = "untouched";

		if (name_from_wire(
		        (const uint8_t *)row[i].wire, row[i].len, text) != -1)
			fail_msg("%s: taken as %s", row[i].label, text);
		assert_string_equal(text, "untouched");
	}
}

/* Every octet, alone in a label and amid others, comes back as it was, but
 * for upper case. */
static void
test_all_octets(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		uint8_t wire[] = { 1, (uint8_t)c, 3, 'a', (uint8_t)c, '0', 0 };
		uint8_t back[NAME_WIRE];
		char text[NAME_TEXT];
		uint8_t want = (uint8_t)(c >= 'A' && c <= 'Z' ? c + 32 : c);

		assert_int_equal(name_from_wire(wire, sizeof(wire), text), 0);
		for (const char *s = text; *s != '\0'; s++)
			assert_true(*s > ' ' && *s < 0x7f);
		assert_int_equal(name_to_wire(text, back), sizeof(wire));
		wire[1] = wire[4] = want;
		assert_memory_equal(back, wire, sizeof(wire));
		assert_int_equal(name_labels(text), 2);
	}
}

/* The longest name in its longest form fits where the header says. */
static void
test_longest(void **state)
{
	uint8_t wire[NAME_WIRE], back[NAME_WIRE], longer[NAME_WIRE + 1];
	char text[NAME_TEXT], plus[NAME_TEXT + 1];

	(void)state;
	memset(wire, 0xff, sizeof(wire));
	wire[0] = wire[64] = wire[128] = 63;
	wire[192] = 61;
	wire[254] = 0;
	assert_int_equal(name_from_wire(wire, sizeof(wire), text), 0);
	assert_int_equal(strlen(text), 1003);
	assert_int_equal(name_to_wire(text, back), NAME_WIRE);
	assert_memory_equal(wire, back, NAME_WIRE);
	snprintf(plus, sizeof(plus), "%sa", text);
	assert_int_equal(name_to_wire(plus, back), -1);
	memcpy(longer, wire, sizeof(wire));
	longer[192] = 62;
	longer[254] = 'a';
	longer[255] = 0;
	assert_int_equal(name_from_wire(longer, sizeof(longer), text), -1);
}

static void
test_to_wire(void **state)
{
	static const struct {
		const char *text, *wire;
		int len; /* -1: refused */
	} row[] = {
		{ ".", "", 1 },
		{ "a", "\1a", 3 },
		{ "a.", "\1a", 3 },
		{ "Ab.c", "\2Ab\1c", 6 },
		{ "a\\.b", "\3a.b", 5 },
		{ "\\097", "\1a", 3 },
		{ "\\a", "\1a", 3 },
		{ "\\000.b", "\1\0\1b", 5 },
		{ A63, "\x3f" A63, 65 },
		{ "", NULL, -1 },
		{ "..", NULL, -1 },
		{ ".a", NULL, -1 },
		{ "a..", NULL, -1 },
		{ "a..b", NULL, -1 },
		{ A63 "a", NULL, -1 },
		{ "\\", NULL, -1 },
		{ "a\\", NULL, -1 },
		{ "\\1", NULL, -1 },
		{ "\\12", NULL, -1 },
		{ "\\12x", NULL, -1 },
		{ "\\256", NULL, -1 },
		{ "\\999", NULL, -1 },
		{ "a b", NULL, -1 },
		{ "a\\ b", NULL, -1 },
		{ "a\tb", NULL, -1 },
		{ "a\x7f", NULL, -1 },
		{ "\xc3\xa9", NULL, -1 },
		{ "\\\xc3", NULL, -1 },
		{ A63 "." A63 "." A63 "." A61 "a", NULL, -1 },
		{ A63 "." A63 "." A63 "." A63 ".a", NULL, -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		uint8_t wire[NAME_WIRE];
		int len = name_to_wire(row[i].text, wire);

		if (len != row[i].len)
			fail_msg("\"%s\": %d", row[i].text, len);
		if (len > 0)
			assert_memory_equal(wire, row[i].wire, (size_t)len);
	}
}

static void
test_parent_and_labels(void **state)
{
	static const struct {
		const char *text;
		unsigned n;
		const char *parent;
		unsigned labels;
	} row[] = {
		{ "mx.example.org", 0, "mx.example.org", 3 },
		{ "mx.example.org", 1, "example.org", 3 },
		{ "mx.example.org", 2, "org", 3 },
		{ "mx.example.org", 3, ".", 3 },
		{ "mx.example.org", 4, ".", 3 },
		{ "a\\.b.c", 1, "c", 2 },
		{ "a\\\\.c", 1, "c", 2 },
		{ "\\046.c", 1, "c", 2 },
		{ ".", 0, ".", 0 },
		{ ".", 1, ".", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		assert_string_equal(
		    name_parent(row[i].text, row[i].n), row[i].parent);
		assert_int_equal(name_labels(row[i].text), row[i].labels);
	}
}

static void
test_is_below(void **state)
{
	static const struct {
		const char *child, *zone;
		bool want;
	} row[] = {
		{ "example.org", "example.org", true },
		{ "mx.example.org", "example.org", true },
		{ "a.b.c.example.org", "example.org", true },
		{ "example.org", "mx.example.org", false },
		{ "badexample.org", "example.org", false },
		{ "bad\\.example.org", "example.org", false },
		{ "example.org", "example.net", false },
		{ "example.org", ".", true },
		{ ".", ".", true },
		{ ".", "org", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		if (name_is_below(row[i].child, row[i].zone) != row[i].want)
			fail_msg("%s, %s", row[i].child, row[i].zone);
	}
}

/* --------------------------------------------------------- kinds of name */

static void
test_kind(void **state)
{
	static const struct {
		const char *text;
		enum name_kind want;
		const char *ip;
	} row[] = {
		{ "mx.example.org", NAME_HOST, NULL },
		{ "com", NAME_HOST, NULL },
		{ "1.example.org", NAME_HOST, NULL },
		{ "192.0.2.1.example.org", NAME_HOST, NULL },
		{ "1.2.0.192.in-addr.arpa", NAME_HOST, NULL },
		{ "4a", NAME_HOST, NULL },
		{ "a-1", NAME_HOST, NULL },
		{ "0y1", NAME_HOST, NULL },
		{ "0xg", NAME_HOST, NULL },
		{ "face", NAME_HOST, NULL },
		{ "localhost.example.org", NAME_HOST, NULL },
		{ "notlocalhost", NAME_HOST, NULL },
		{ "_mx.example.org", NAME_HOST, NULL },
		{ "\\042.example.org", NAME_HOST, NULL },
		{ "a\\058b.example.org", NAME_HOST, NULL },
		{ "\\060script\\062.example.org", NAME_HOST, NULL },
		{ "\\255.example.org", NAME_HOST, NULL },
		{ ".", NAME_ROOT, NULL },
		{ "localhost", NAME_LOCAL, NULL },
		{ "mx.localhost", NAME_LOCAL, NULL },
		{ "LOCALHOST", NAME_LOCAL, NULL },
		{ "localhost\\000.example.org", NAME_LOCAL, NULL },
		{ "localhost\\.", NAME_LOCAL, NULL },
		{ "192.0.2.1", NAME_LITERAL, "192.0.2.1" },
		{ "192\\.0\\.2\\.1", NAME_LITERAL, "192.0.2.1" },
		{ "\\091192.0.2.1\\093", NAME_LITERAL, "192.0.2.1" },
		{ "[192.0.2.1]", NAME_LITERAL, "192.0.2.1" },
		{ "2001:db8::1", NAME_LITERAL, "2001:db8::1" },
		{ "2001\\058db8\\058\\0581", NAME_LITERAL, "2001:db8::1" },
		{ "[2001:db8::1]", NAME_LITERAL, "2001:db8::1" },
		{ "[ipv6:2001:db8::1]", NAME_LITERAL, "2001:db8::1" },
		{ "::ffff:192.0.2.1", NAME_LITERAL, "::ffff:192.0.2.1" },
		{ "fe80::1\\037eth0", NAME_LITERAL, NULL },
		{ "[192.0.2.1", NAME_LITERAL, NULL },
		{ "[192.0.2.1]x", NAME_LITERAL, NULL },
		{ "[mx]", NAME_LITERAL, NULL },
		{ "2130706433", NAME_LITERAL, NULL },
		{ "0x7f000001", NAME_LITERAL, NULL },
		{ "0x7F000001", NAME_LITERAL, NULL },
		{ "0x", NAME_LITERAL, NULL },
		{ "017700000001", NAME_LITERAL, NULL },
		{ "127.1", NAME_LITERAL, NULL },
		{ "0177.0.0.1", NAME_LITERAL, NULL },
		{ "0x7f.1", NAME_LITERAL, NULL },
		{ "127.0.0.0x1", NAME_LITERAL, NULL },
		{ "1.2.3.4.5", NAME_LITERAL, NULL },
		{ "192.0.2.256", NAME_LITERAL, NULL },
		{ "mx.123", NAME_LITERAL, NULL },
		{ "0", NAME_LITERAL, NULL },
		{ "127.0.0.1\\000.example.org", NAME_LITERAL, "127.0.0.1" },
		{ "127.0.0.1\\032x.example.org", NAME_LITERAL, "127.0.0.1" },
		{ "127.1\\009.example.org", NAME_LITERAL, NULL },
		{ "127.0.0.1\\.", NAME_LITERAL, "127.0.0.1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct ip ip = { .family = 9 }, want = { 0 };
		enum name_kind kind = name_kind(row[i].text, &ip);

		if (kind != row[i].want)
			fail_msg("%s: %d", row[i].text, (int)kind);
		if (row[i].ip != NULL)
			assert_int_equal(ip_parse(row[i].ip, &want), 0);
		if (!ip_equal(&ip, &want))
			fail_msg("%s: wrong address", row[i].text);
		assert_int_equal(name_kind(row[i].text, NULL), kind);
	}
}

/* --------------------------------------------------- what people type */

static void
test_domain_good(void **state)
{
	static const struct {
		const char *typed, *ascii, *unicode;
	} row[] = {
		{ "example.org", "example.org", NULL },
		{ "example.org.", "example.org", NULL },
		{ "EXAMPLE.Org", "example.org", NULL },
		{ "com", "com", NULL },
		{ "a", "a", NULL },
		{ "a.b.c.d.e.f.g", "a.b.c.d.e.f.g", NULL },
		{ "_dmarc.example.org", "_dmarc.example.org", NULL },
		{ "a_b.example.org", "a_b.example.org", NULL },
		{ "3com.com", "3com.com", NULL },
		{ "192.0.2.1.example", "192.0.2.1.example", NULL },
		{ "xn--a.example", "xn--a.example", NULL },
		{ "r3---sn.example", "r3---sn.example", NULL },
		{ "a--b.example", "a--b.example", NULL },
		{ "localhost.example.org", "localhost.example.org", NULL },
		{ A63 ".org", A63 ".org", NULL },
		{ A63 "." A63 "." A63 "." A61, A63 "." A63 "." A63 "." A61,
		    NULL },
		{ A63 "." A63 "." A63 "." A61 ".", A63 "." A63 "." A63 "." A61,
		    NULL },
		{ "b\xc3\xbc"
		  "cher.example",
		    "xn--bcher-kva.example",
		    "b\xc3\xbc"
		    "cher.example" },
		{ "B\xc3\x9c"
		  "CHER.example",
		    "xn--bcher-kva.example",
		    "b\xc3\xbc"
		    "cher.example" },
		{ "bu\xcc\x88"
		  "cher.example",
		    "xn--bcher-kva.example",
		    "b\xc3\xbc"
		    "cher.example" },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example",
		    "b\xc3\xbc"
		    "cher.example" },
		{ "XN--BCHER-KVA.example", "xn--bcher-kva.example",
		    "b\xc3\xbc"
		    "cher.example" },
		{ "_dmarc.b\xc3\xbc"
		  "cher.example",
		    "_dmarc.xn--bcher-kva.example",
		    "_dmarc.b\xc3\xbc"
		    "cher.example" },
		/* IDNA2008: this is not "fass". */
		{ "fa\xc3\x9f.example", "xn--fa-hia.example",
		    "fa\xc3\x9f.example" },
		/* Ideographic full stops. */
		{ "b\xc3\xbc"
		  "cher\xe3\x80\x82"
		  "example\xe3\x80\x82",
		    "xn--bcher-kva.example",
		    "b\xc3\xbc"
		    "cher.example" },
		{ "\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83"
		  "\x88",
		    "xn--r8jz45g.xn--zckzah",
		    "\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83"
		    "\x88" },
		/* Full-width letters. */
		{ "\xef\xbd\x85\xef\xbd\x98.org", "ex.org", NULL },
		/* An emoji, which IDNA2008 does not know, but DNS does. */
		{ "xn--i-7iq.ws", "xn--i-7iq.ws", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		char ascii[NAME_WIRE + 1], why[300] = "";
		char *unicode = why;

		if (name_domain(
		        row[i].typed, ascii, &unicode, why, sizeof(why)) != 0)
			fail_msg("%s: %s", row[i].typed, why);
		assert_string_equal(ascii, row[i].ascii);
		if (row[i].unicode == NULL)
			assert_null(unicode);
		else
			assert_string_equal(unicode, row[i].unicode);
		free(unicode);
	}
}

static void
test_domain_bad(void **state)
{
	static const struct {
		const char *typed, *why; /* what stands behind typed */
	} row[] = {
		{ ".", "is the root, not a domain" },
		{ "..", "has an empty label at position 1" },
		{ ".org", "has an empty label at position 1" },
		{ "a..b", "has an empty label at position 3" },
		{ "a.b..", "has an empty label at position 5" },
		{ "a\xe3\x80\x82\xe3\x80\x82"
		  "b",
		    "has an empty label" },
		{ "a\xe3\x80\x82\xe3\x80\x82", "has an empty label" },
		{ "ex ample.org", "has a space at position 3" },
		{ " example.org", "has a space at position 1" },
		{ "example.org ", "has a space at position 12" },
		{ "b\xc3\xbc"
		  "cher example",
		    "has a space at position 7" },
		{ "a*.org", "has a wrong '*' at position 2" },
		{ "a!b", "has a wrong '!' at position 2" },
		{ "a,b", "has a wrong ',' at position 2" },
		{ "b\xc3\xbc"
		  "!cher.example",
		    "has a wrong '!' at position 3" },
		{ "example.org?", "has a wrong '?' at position 12" },
		{ "<b>", "has a wrong '<' at position 1" },
		{ "$(id)", "has a wrong '$' at position 1" },
		{ "a'b", "has a wrong ''' at position 2" },
		{ "a|b", "has a wrong '|' at position 2" },
		{ "a\\b", "has a wrong '\\' at position 2" },
		{ "a:b", "has a wrong ':' at position 2" },
		{ "-a.org", "has a '-' at the beginning of label 1" },
		{ "a.b-.org", "has a '-' at the end of label 2" },
		{ "-", "has a '-' at the beginning of label 1" },
		{ "localhost", "is this machine itself, not a domain" },
		{ "localhost.", "is this machine itself, not a domain" },
		{ "LocalHost", "is this machine itself, not a domain" },
		{ "mx.localhost", "is this machine itself, not a domain" },
		{ "192.0.2.1", "is an IP address, not a domain" },
		{ "192.0.2.1:25", "is an IP address, not a domain" },
		{ "[192.0.2.1]", "is an IP address, not a domain" },
		{ "[IPv6:2001:db8::1]", "is an IP address, not a domain" },
		{ "2001:db8::1", "is an IP address, not a domain" },
		{ "[2001:db8::1]:25", "is an IP address, not a domain" },
		{ "192.0.2.0/24", "is a network, not a domain" },
		{ "2001:db8::/32", "is a network, not a domain" },
		{ "127.1", "ends in a number: no domain does" },
		{ "2130706433", "ends in a number: no domain does" },
		{ "0x7f000001", "ends in a number: no domain does" },
		{ "example.123", "ends in a number: no domain does" },
		{ "\xef\xbc\x91\xef\xbc\x92.0.0.1",
		    "ends in a number: no domain does" },
		{ "joe@example.org",
		    "is a mail address: did you mean \"example.org\"?" },
		{ "Joe <joe@example.org>",
		    "is a mail address: did you mean \"example.org\"?" },
		{ "mailto:joe@example.org?subject=x",
		    "is a mail address: did you mean \"example.org\"?" },
		{ "@example.org",
		    "is a mail address: did you mean \"example.org\"?" },
		{ "\"a b\"@example.org",
		    "is a mail address: did you mean \"example.org\"?" },
		{ "joe@b\xc3\xbc"
		  "cher.example",
		    "is a mail address: did you mean "
		    "\"b\xc3\xbc"
		    "cher.example\"?" },
		{ "joe@example.org.",
		    "is a mail address: did you mean \"example.org\"?" },
		{ "joe@", "is a mail address, not a domain" },
		{ "@", "is a mail address, not a domain" },
		{ "joe@-x", "is a mail address, not a domain" },
		{ "joe@localhost", "is a mail address, not a domain" },
		{ "joe@[192.0.2.1]", "is a mail address, not a domain" },
		{ "https://example.org",
		    "is a URL: did you mean "
		    "\"example.org\"?" },
		{ "https://example.org/",
		    "is a URL: did you mean "
		    "\"example.org\"?" },
		{ "https://u:p@example.org:8443/a@b?c#d",
		    "is a URL: did you mean \"example.org\"?" },
		{ "smtp://mx.example.org:25",
		    "is a URL: did you mean "
		    "\"mx.example.org\"?" },
		{ "//example.org", "is a URL: did you mean \"example.org\"?" },
		{ "example.org/path",
		    "is a URL: did you mean "
		    "\"example.org\"?" },
		{ "http://192.0.2.1/", "is a URL, not a domain" },
		{ "http://[2001:db8::1]/", "is a URL, not a domain" },
		{ "http://", "is a URL, not a domain" },
		{ "/etc/passwd", "is a URL, not a domain" },
		{ "example.org:25",
		    "is a host with a port: did you mean "
		    "\"example.org\"?" },
		{ A63 "a.org", "has 64 octets in label 1 (most: 63)" },
		{ A63 "a.b\xc3\xbc"
		      "cher.example",
		    "has a label of more than 63 octets" },
		{ A63 "." A63 "." A63 "." A61 "a",
		    "has 254 octets as a domain (most: 253)" },
		/* Compatibility characters that hide ASCII. */
		{ "a\xe2\x84\x80.org", "has a wrong character in label 1" },
		{ "\xc2\xad", "has an empty label" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		char ascii[NAME_WIRE + 1] = "untouched", why[1024] = "";
		char *unicode = NULL;
		size_t end, len = strlen(row[i].why);

		if (name_domain(
		        row[i].typed, ascii, &unicode, why, sizeof(why)) != -1)
			fail_msg("\"%s\" was taken", row[i].typed);
		assert_string_equal(ascii, "untouched");
		assert_int_equal(why[0], '"');
		end = strlen(why);
		if (end < len || strcmp(why + end - len, row[i].why) != 0)
			fail_msg("\"%s\": %s", row[i].typed, why);
	}
}

/* These break the line or the terminal if they come through as they are. */
static void
test_domain_bad_is_escaped(void **state)
{
	static const struct {
		const char *typed, *why;
	} row[] = {
		{ "", "the domain is empty" },
		{ "a\nb.org", "\"a\\x0ab.org\" has a space at position 2" },
		{ "a\tb", "\"a\\x09b\" has a space at position 2" },
		{ "\x1b[2J",
		    "\"\\x1b[2J\" has a control character at "
		    "position 1" },
		{ "a\x7f",
		    "\"a\\x7f\" has a control character at "
		    "position 2" },
		{ "a\x01@\x1b",
		    "\"a\\x01@\\x1b\" is a mail address, not a "
		    "domain" },
		{ "\xff.org", "\"\\xff.org\" is not UTF-8 at position 1" },
		{ "a\xc3", "\"a\\xc3\" is not UTF-8 at position 2" },
		{ "\xe2\x80\xae.org",
		    "\"\\u{202e}.org\" is no "
		    "internationalized domain name: string contains a "
		    "disallowed character" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		char ascii[NAME_WIRE + 1], why[300];
		char *unicode;

		assert_int_equal(name_domain(row[i].typed, ascii, &unicode, why,
		                     sizeof(why)),
		    -1);
		assert_string_equal(why, row[i].why);
	}
}

static void
test_domain_gigantic(void **state)
{
	char typed[5000], ascii[NAME_WIRE + 1], why[1024], tiny[10];
	char *unicode;

	(void)state;
	for (size_t len = 1; len < sizeof(typed); len += 7) {
		memset(typed, 'a', len);
		typed[len] = '\0';
		if (len <= 63)
			continue;
		assert_int_equal(
		    name_domain(typed, ascii, &unicode, why, sizeof(why)), -1);
		assert_true(strlen(why) < 200);
	}
	assert_string_equal(why + strlen(why) - 24, "is too long for a domain");
	assert_int_equal(
	    name_domain("a b", ascii, &unicode, tiny, sizeof(tiny)), -1);
	assert_string_equal(tiny, "\"a b\" has");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wire_good),
		cmocka_unit_test(test_wire_bad),
		cmocka_unit_test(test_all_octets),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_to_wire),
		cmocka_unit_test(test_parent_and_labels),
		cmocka_unit_test(test_is_below),
		cmocka_unit_test(test_kind),
		cmocka_unit_test(test_domain_good),
		cmocka_unit_test(test_domain_bad),
		cmocka_unit_test(test_domain_bad_is_escaped),
		cmocka_unit_test(test_domain_gigantic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
