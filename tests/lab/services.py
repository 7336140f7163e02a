#!/usr/bin/env python3
"""What the services that alerts go to document of the requests they take.

check(SERVICE, path, headers, body) returns a list of complaints: empty when
the service would take the request and shows nothing in it that mentions
somebody.  headers is a mapping with names in any case, body is bytes; the
webhook's keys are in `keys`.  ANSWERS has what each says when it is content.

Usage: services.py SERVICE [--path PATH] [--header 'NAME: VALUE']...
                   [--key KEY]... [--now SECONDS] <body
Prints the complaints, one a line, and exits 1 when there is any.
"""

import argparse
import base64
import binascii
import datetime
import hashlib
import hmac
import html.parser
import json
import re
import sys
import time
import urllib.parse

ANSWERS = {
    "slack": (200, b"ok"),
    "mattermost": (200, b"ok"),
    "discord": (204, b""),
    "teams": (202, b""),
    "google-chat": (200, b"{}"),
    "telegram": (200, b'{"ok":true,"result":{}}'),
    "matrix": (200, b'{"event_id":"$1"}'),
    "ntfy": (200, b"{}"),
    "pagerduty": (202, b'{"status":"success"}'),
    "alertmanager": (200, b""),
    "webhook": (204, b""),
}


class Complaints(list):
    """Collects what is wrong; each test goes on where it can."""

    def need(self, good, what):
        if not good:
            self.append(what)
        return good

    def text(self, value, what, most, least=1, size=len):
        """A string whose size (characters, if not told) is in bounds."""
        if not self.need(isinstance(value, str), f"{what}: no string"):
            return ""
        n = size(value)
        self.need(least <= n <= most,
                  f"{what}: {n}, allowed {least} to {most}")
        return value

    def url(self, value, what):
        good = isinstance(value, str) and \
            re.fullmatch(r"https?://[^\s<>\"]+", value)
        self.need(good, f"{what}: no URL: {value!r}")


def utf8(text):
    return len(text.encode())


def utf16(text):
    return len(text.encode("utf-16-le")) // 2


def fields(wrong, value, allowed, what):
    """An object with no other keys than these: typing errors are found."""
    if not wrong.need(isinstance(value, dict), f"{what}: no object"):
        return {}
    for key in value.keys() - set(allowed):
        wrong.append(f"{what}: unknown field {key!r}")
    return value


def moment(wrong, value, what):
    """RFC 3339."""
    try:
        return datetime.datetime.fromisoformat(
            value.replace("Z", "+00:00")).timestamp()
    except (AttributeError, TypeError, ValueError):
        wrong.append(f"{what}: no time: {value!r}")
        return 0


# ---------------------------------------------------------------- marked text

def without_code(text):
    """Markdown and its kin: nothing is read in code."""
    text = re.sub(r"```.*?```", " ", text, flags=re.S)
    return re.sub(r"`[^`\n]+`", " ", text)


def slack_text(wrong, text, what):
    """mrkdwn: "<" begins a link, a mention or a command, in code as well."""
    for mark in re.findall(r"<([^<>]*)>?", text):
        wrong.need(re.fullmatch(r"https?://[^|\s]+(\|[^|]+)?", mark),
                   f"{what}: <{mark}>")
    wrong.need(not re.search(r"&(?!amp;|lt;|gt;)", text),
               f"{what}: a bare &")


def mentions(wrong, text, what):
    """Mattermost: "@name" outside code."""
    found = re.findall(r"(?<![\w/])@\w+", without_code(text))
    wrong.need(not found, f"{what}: mentions {found}")


def links(wrong, text, what, ours=r"\[[\w ]+\]\(https?://[^\s)]+\)"):
    """What becomes a link by itself, outside code; ours is left out."""
    rest = re.sub(ours, " ", without_code(text))
    found = re.findall(r"\w+://\S+|\bwww\.\S+", rest)
    wrong.need(not found, f"{what}: links {found}")


class Markup(html.parser.HTMLParser):
    """HTML of a few tags, nested as it must be; text is what is left."""

    def __init__(self, wrong, tags, empty=()):
        super().__init__(convert_charrefs=True)
        self.wrong, self.tags, self.empty = wrong, tags, empty
        self.open, self.text, self.loose = [], "", ""

    def handle_starttag(self, tag, attrs):
        self.wrong.need(tag in self.tags or tag in self.empty,
                        f"HTML: <{tag}>")
        for name, value in attrs:
            if self.wrong.need(tag == "a" and name == "href",
                               f"HTML: {name} of <{tag}>"):
                self.wrong.url(value, "HTML: href")
        if tag in self.empty:
            self.text += "\n"
        else:
            self.open.append(tag)

    def handle_endtag(self, tag):
        self.wrong.need(self.open and self.open[-1] == tag,
                        f"HTML: </{tag}> within {self.open}")
        if tag in self.open:
            self.open.remove(tag)

    def handle_data(self, data):
        self.text += data
        if not {"code", "pre", "a"} & set(self.open):
            self.loose += data + " "

    def handle_comment(self, data):
        self.wrong.append("HTML: a comment")


def marked(wrong, text, tags, empty=()):
    """Read HTML: (all its text, its text that clients look for links in)."""
    parser = Markup(wrong, tags, empty)
    parser.feed(text)
    parser.close()
    wrong.need(not parser.open, f"HTML: {parser.open} is not closed")
    wrong.need(not re.search(r"&(?!amp;|lt;|gt;|quot;)", text),
               "HTML: a bare &")
    return parser.text, parser.loose


def unlinked(wrong, text, what):
    """Where host names become links by themselves."""
    found = re.findall(r"\w+://\S+|\b[\w-]+\.[a-z]{2,}\b|[@#]\w+", text)
    wrong.need(not found, f"{what}: {found}")


# ------------------------------------------------------------------- services

def slack(wrong, request, body):
    fields(wrong, body, ("text", "blocks", "mrkdwn", "link_names",
                         "unfurl_links", "unfurl_media"), "body")
    slack_text(wrong, wrong.text(body.get("text"), "text", 40000), "text")
    wrong.need(not body.get("link_names"), "link_names is on")
    blocks = body.get("blocks", [])
    if not wrong.need(isinstance(blocks, list) and len(blocks) <= 50,
                      "blocks: more than 50"):
        return
    for number, block in enumerate(blocks):
        slack_block(wrong, block, f"block {number}")
    wrong.need(utf8(json.dumps(blocks)) <= 13000, "blocks: more than 13 000")


def slack_block(wrong, block, what):
    kind = block.get("type")
    fields(wrong, block, ("type", "text", "elements"), what)
    if not wrong.need(kind in ("header", "section", "context", "divider"),
                      f"{what}: type {kind!r}"):
        return
    texts = block.get("elements", []) if kind == "context" else \
        [block.get("text", {})] if kind != "divider" else []
    for text in texts:
        fields(wrong, text, ("type", "text", "emoji", "verbatim"), what)
        plain = text.get("type") == "plain_text"
        wrong.need(plain or (kind != "header" and
                             text.get("type") == "mrkdwn"),
                   f"{what}: text type")
        wrong.need(plain or text.get("verbatim") is True,
                   f"{what}: Slack looks for links by itself")
        slack_text(wrong, wrong.text(
            text.get("text"), what, 150 if kind == "header" else 3000), what)


def mattermost(wrong, request, body):
    fields(wrong, body, ("text", "username", "icon_url", "attachments",
                         "props"), "body")
    text = wrong.text(body.get("text"), "text", 16383)
    mentions(wrong, text, "text")
    links(wrong, text, "text")


def discord(wrong, request, body):
    fields(wrong, body, ("content", "embeds", "allowed_mentions", "username",
                         "flags"), "body")
    wrong.need(body.get("allowed_mentions") == {"parse": []},
               "allowed_mentions is not {\"parse\": []}")
    content = body.get("content", "")
    wrong.text(content, "content", 2000, 0, utf16)
    embeds = body.get("embeds", [])
    wrong.need(len(embeds) <= 10, "more than 10 embeds")
    wrong.need(content or embeds, "an empty message")
    wrong.need(sum(discord_embed(wrong, e) for e in embeds) <= 6000,
               "more than 6000 characters in embeds")


def discord_embed(wrong, embed):
    fields(wrong, embed, ("title", "description", "url", "color", "timestamp",
                          "fields", "footer"), "embed")
    title = wrong.text(embed.get("title", ""), "title", 256, 0, utf16)
    text = wrong.text(embed.get("description", ""), "description", 4096, 0,
                      utf16)
    wrong.need(title or text, "an empty embed")
    wrong.need(0 <= embed.get("color", 0) <= 0xffffff, "color")
    if "timestamp" in embed:
        moment(wrong, embed["timestamp"], "timestamp")
    total = utf16(title) + utf16(text)
    rows = embed.get("fields", [])
    wrong.need(len(rows) <= 25, "more than 25 fields")
    for row in rows:
        total += utf16(wrong.text(row.get("name"), "field name", 256))
        total += utf16(wrong.text(row.get("value"), "field value", 1024))
    for part in (title, text):
        links(wrong, part, "embed")
    return total


def teams(wrong, request, body):
    wrong.need(len(request.body) <= 28 * 1024, "more than 28 KB")
    wrong.need(body.get("type") == "message", "type is not message")
    for attachment in body.get("attachments", []) or [{}]:
        wrong.need(attachment.get("contentType") ==
                   "application/vnd.microsoft.card.adaptive", "contentType")
        card = attachment.get("content", {})
        fields(wrong, card, ("type", "$schema", "version", "body", "actions",
                             "fallbackText", "msteams", "speak"), "card")
        wrong.need(card.get("type") == "AdaptiveCard", "no AdaptiveCard")
        wrong.need(card.get("version") in ("1.0", "1.1", "1.2", "1.3", "1.4"),
                   "version: Teams shows up to 1.4 everywhere")
        wrong.need(card.get("body"), "an empty card")
        for element in card.get("body", []):
            teams_element(wrong, element)
        for action in card.get("actions", []):
            wrong.need(action.get("type") == "Action.OpenUrl", "action")
            wrong.url(action.get("url"), "action")
        wrong.need("entities" not in card.get("msteams", {}), "mentions")


def teams_element(wrong, element):
    kind = element.get("type")
    runs = element.get("inlines", []) if kind == "RichTextBlock" else [element]
    wrong.need(kind in ("RichTextBlock", "TextBlock"), f"element {kind!r}")
    for run in runs:
        text = wrong.text(run.get("text"), kind, 28 * 1024)
        wrong.need("{{" not in text, f"{kind}: a function: {text}")
        if kind == "TextBlock":         # which is read as Markdown
            wrong.need(not re.search(r"\]\(|\*\*|__", text),
                       f"TextBlock: marks: {text}")


def google_chat(wrong, request, body):
    fields(wrong, body, ("text", "thread", "cardsV2"), "body")
    wrong.need(len(request.body) <= 32000, "more than 32 000 bytes")
    text = wrong.text(body.get("text"), "text", 32000)
    for mark in re.findall(r"<([^<>]*)>", text):
        wrong.need(re.fullmatch(r"https?://[^|\s]+\|[^|]+", mark) or
                   mark.startswith("\u200b"), f"text: <{mark}>")
    links(wrong, text, "text", r"<https?://[^|>\s]+\|[^>]*>")
    if "thread" in body:
        wrong.text(body["thread"].get("threadKey"), "threadKey", 4000)
        wrong.need(request.query.get("messageReplyOption") ==
                   ["REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"],
                   "a thread that messageReplyOption ignores")


def telegram(wrong, request, body):
    wrong.need(re.fullmatch(r"/bot[^/]+/sendMessage", request.path), "path")
    fields(wrong, body, ("chat_id", "text", "parse_mode",
                         "link_preview_options", "message_thread_id",
                         "disable_notification"), "body")
    wrong.need(isinstance(body.get("chat_id"), (int, str)), "chat_id")
    wrong.need(body.get("parse_mode") == "HTML", "parse_mode")
    wrong.need(body.get("link_preview_options", {}).get("is_disabled") is True,
               "a preview of links")
    text, loose = marked(wrong, wrong.text(body.get("text"), "text", 16384),
                         ("b", "strong", "i", "em", "u", "s", "code", "pre",
                          "a", "blockquote"))
    wrong.text(text, "text without its marks", 4096, 1, utf16)
    unlinked(wrong, loose, "text")
    found = re.findall(r"(?<!\S)/\w+|\+\d{7,}|\d{13,}", loose)
    wrong.need(not found, f"text: {found}")


def matrix(wrong, request, body):
    wrong.need(request.method in (None, "PUT"), "method")
    wrong.need(re.fullmatch(r"/_matrix/client/v3/rooms/[^/]+/send/"
                            r"m\.room\.message/[^/]+", request.path), "path")
    wrong.need(request.headers.get("authorization", "").startswith("Bearer "),
               "no access token")
    fields(wrong, body, ("msgtype", "body", "format", "formatted_body",
                         "m.mentions"), "event")
    # The rest of the event takes a few hundred bytes.
    wrong.need(len(request.body) <= 65536 - 1024, "more than 64 KiB")
    wrong.need(body.get("msgtype") in ("m.text", "m.notice"), "msgtype")
    wrong.need(body.get("m.mentions") == {}, "m.mentions is not empty")
    plain = wrong.text(body.get("body"), "body", 65536)
    wrong.need("@room" not in plain, "body: @room")
    if body.get("format") is not None:
        wrong.need(body["format"] == "org.matrix.custom.html", "format")
        text, loose = marked(
            wrong, wrong.text(body.get("formatted_body"), "formatted_body",
                              65536),
            ("b", "strong", "i", "em", "code", "pre", "a", "p", "ul", "li"),
            ("br",))
        unlinked(wrong, loose, "formatted_body")


def ntfy(wrong, request, body):
    wrong.need(request.path == "/", "path: JSON goes to the root")
    fields(wrong, body, ("topic", "title", "message", "priority", "tags",
                         "click", "actions", "markdown"), "body")
    topic = wrong.text(body.get("topic"), "topic", 64)
    wrong.need(re.fullmatch(r"[-_A-Za-z0-9]{1,64}", topic), "topic")
    title = wrong.text(body.get("title", ""), "title", 1024, 0)
    text = wrong.text(body.get("message"), "message", 4096, 1, utf8)
    wrong.need(body.get("priority", 3) in (1, 2, 3, 4, 5), "priority")
    for tag in body.get("tags", []):
        wrong.text(tag, "tag", 64)
    wrong.need(len(body.get("actions", [])) <= 3, "more than 3 actions")
    if "click" in body:
        wrong.url(body["click"], "click")
    unlinked(wrong, title + "\n" + text, "message")


def pagerduty(wrong, request, body):
    wrong.need(request.path == "/v2/enqueue", "path")
    wrong.need(len(request.body) <= 512 * 1024, "more than 512 KB")
    fields(wrong, body, ("routing_key", "event_action", "dedup_key",
                         "payload", "client", "client_url", "links",
                         "images"), "event")
    wrong.text(body.get("routing_key"), "routing_key", 64)
    action = body.get("event_action")
    wrong.need(action in ("trigger", "acknowledge", "resolve"),
               "event_action")
    wrong.text(body.get("dedup_key", ""), "dedup_key", 255,
               0 if action == "trigger" else 1)
    for link in body.get("links", []):
        wrong.url(link.get("href"), "link")
    if action == "trigger" or "payload" in body:
        payload = fields(
            wrong, body.get("payload"),
            ("summary", "source", "severity", "timestamp", "component",
             "group", "class", "custom_details"), "payload")
        wrong.text(payload.get("summary"), "summary", 1024)
        wrong.text(payload.get("source"), "source", 1024)
        wrong.need(payload.get("severity") in
                   ("critical", "error", "warning", "info"), "severity")
        if "timestamp" in payload:
            moment(wrong, payload["timestamp"], "timestamp")


LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def alertmanager(wrong, request, body):
    wrong.need(request.path.endswith("/api/v2/alerts"), "path")
    if not wrong.need(isinstance(body, list) and body, "no list of alerts"):
        return
    seen = set()
    for alert in body:
        fields(wrong, alert, ("labels", "annotations", "startsAt", "endsAt",
                              "generatorURL"), "alert")
        labels = alert.get("labels", {})
        wrong.need(labels.get("alertname"), "no alertname")
        for name, value in [*labels.items(),
                            *alert.get("annotations", {}).items()]:
            wrong.need(LABEL.fullmatch(name), f"name {name!r}")
            wrong.need(isinstance(value, str), f"value of {name!r}")
        start = moment(wrong, alert.get("startsAt"), "startsAt")
        if "endsAt" in alert:
            wrong.need(moment(wrong, alert["endsAt"], "endsAt") >= start,
                       "ends before it begins")
        if "generatorURL" in alert:
            wrong.url(alert["generatorURL"], "generatorURL")
        name = json.dumps(labels, sort_keys=True)
        wrong.need(name not in seen, f"twice in one request: {name}")
        seen.add(name)


def webhook(wrong, request, body):
    fields(wrong, body, ("type", "timestamp", "data"), "body")
    wrong.need(re.fullmatch(r"[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)*",
                            wrong.text(body.get("type"), "type", 256)),
               "type")
    moment(wrong, body.get("timestamp"), "timestamp")
    wrong.need(isinstance(body.get("data"), dict) and
               body["data"].get("schema") == "mxvigil.alert/1", "schema")
    name = request.headers.get("webhook-id", "")
    when = request.headers.get("webhook-timestamp", "")
    wrong.need(re.fullmatch(r"[\x21-\x2d\x2f-\x7e]+", name), "webhook-id")
    if wrong.need(re.fullmatch(r"\d+", when), "webhook-timestamp"):
        wrong.need(abs(int(when) - request.now) <= 300,
                   "webhook-timestamp: not within five minutes")
    if request.keys:
        signature(wrong, request, f"{name}.{when}.".encode())


def signature(wrong, request, start):
    """One of the signatures is made with each of the keys."""
    sent = request.headers.get("webhook-signature", "").split(" ")
    for key in request.keys:
        try:
            secret = base64.b64decode(key.removeprefix("whsec_"),
                                      validate=True)
        except binascii.Error:
            wrong.append("a key that is no base64")
            continue
        wrong.need(24 <= len(secret) <= 64, "a key not of 24 to 64 bytes")
        made = base64.b64encode(hmac.new(
            secret, start + request.body, hashlib.sha256).digest()).decode()
        wrong.need(any(hmac.compare_digest("v1," + made, one)
                       for one in sent), "webhook-signature")


SERVICES = {
    "slack": slack, "mattermost": mattermost, "discord": discord,
    "teams": teams, "google-chat": google_chat, "telegram": telegram,
    "matrix": matrix, "ntfy": ntfy, "pagerduty": pagerduty,
    "alertmanager": alertmanager, "webhook": webhook,
}


class Request:
    def __init__(self, path, headers, body, method, keys, now):
        parts = urllib.parse.urlsplit(path)
        self.path, self.query = parts.path, urllib.parse.parse_qs(parts.query)
        self.headers = {k.lower(): v for k, v in dict(headers).items()}
        self.body, self.method, self.keys = body, method, keys
        self.now = time.time() if now is None else now


def check(service, path, headers, body, *, method=None, keys=(), now=None):
    wrong = Complaints()
    request = Request(path, headers, body, method, keys, now)
    wrong.need(request.headers.get("content-type", "").split(";")[0] ==
               "application/json", "Content-Type")
    if service != "matrix":
        wrong.need(method in (None, "POST"), "method")
    try:
        value = json.loads(body.decode("utf-8", "strict"),
                           object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        wrong.append(f"no JSON: {error}")
        return wrong
    if service != "alertmanager" and not wrong.need(
            isinstance(value, dict), "body: no object"):
        return wrong
    try:
        SERVICES[service](wrong, request, value)
    except (AttributeError, KeyError, TypeError) as error:
        wrong.append(f"of another form: {error}")
    return wrong


def unique(pairs):
    """No key twice, and no lone surrogate."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key twice")
    for text in [*value, *(v for v in value.values() if isinstance(v, str))]:
        text.encode()
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("service", choices=sorted(SERVICES))
    parser.add_argument("--path", default="/")
    parser.add_argument("--method")
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--now", type=int)
    given = parser.parse_args()
    headers = dict(line.split(": ", 1) for line in given.header)
    headers.setdefault("Content-Type", "application/json")
    wrong = check(given.service, given.path, headers, sys.stdin.buffer.read(),
                  method=given.method, keys=given.key, now=given.now)
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
