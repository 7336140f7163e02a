"""The JSON of a check: every key, its type, its words."""

NUMBER = (int, float)
TEXT = (str,)
NULL = (type(None),)

ERRORS = ("timeout refused unreachable reset closed protocol rejected "
          "deferred tls").split()
PHASES = "connect greeting ehlo starttls tls rcpt done".split()

VANTAGE_MX = {"preference": (int,), "host": TEXT}
VANTAGE = {
    "name": TEXT, "resolver": TEXT, "rtt_ms": NUMBER + NULL,
    "status": "ok nodata nxdomain servfail refused timeout bogus malformed "
              "unreachable".split(),
    "authenticated": (bool,) + NULL, "ns": [TEXT], "mx": [VANTAGE_MX]}
NS_ADDRESS = {
    "ip": TEXT, "network": TEXT, "asn": (int,) + NULL,
    "status": "authoritative lame refused timeout unreachable "
              "unchecked".split(),
    "serial": (int,) + NULL, "rtt_ms": NUMBER + NULL}
MX_ADDRESS = {
    "ip": TEXT, "port": (int,), "state": "up deferring down unchecked".split(),
    "phase": PHASES + [None], "error": ERRORS + [None],
    "code": (int,) + NULL, "text": TEXT + NULL,
    "connect_ms": NUMBER + NULL, "greeting_ms": NUMBER + NULL,
    "total_ms": NUMBER + NULL, "extensions": [TEXT], "tls": (dict,) + NULL}
MX = {
    "preference": (int,), "host": TEXT, "ttl": (int,) + NULL,
    "implicit": (bool,), "share": NUMBER, "addresses": [MX_ADDRESS],
    "state": "up degraded deferring down unusable unchecked".split()}
ATTEMPT = {"preference": (int,), "host": TEXT, "ip": TEXT + NULL,
           "outcome": TEXT}
FINDING = {
    "rule": TEXT, "severity": "info warning critical unknown".split(),
    "subject": TEXT + NULL, "message": TEXT, "evidence": (dict,)}
CHECK = {
    "schema": ["mxvigil.check/1"], "domain": TEXT, "checked_at": TEXT,
    "duration_ms": NUMBER, "summary": TEXT,
    "verdict": "ok warning critical unknown".split(),
    "outcome": "accepted deferred bounced refused unknown".split(),
    "deliverable": (bool,) + NULL, "vantages": [VANTAGE],
    "nameservers": [{"host": TEXT, "ttl": (int,) + NULL,
                     "addresses": [NS_ADDRESS]}],
    "networks": [TEXT], "mx": [MX],
    "delivery": {"accepted_by": TEXT + NULL, "attempts": [ATTEMPT]},
    "findings": [FINDING]}


def check(value, wanted, where):
    """wanted: a dict of keys; a list of one dict or tuple: a list of such; a
    tuple of types; or a list of words."""
    if isinstance(wanted, dict):
        if not isinstance(value, dict):
            yield f"{where} is no object"
            return
        for key, inner in wanted.items():
            if key not in value:
                yield f"{where} has no {key}"
            else:
                yield from check(value[key], inner, f"{where}.{key}")
    elif isinstance(wanted, tuple):
        if not isinstance(value, wanted) or \
                (isinstance(value, bool) and bool not in wanted):
            yield f"{where} is {value!r}"
    elif isinstance(wanted[0], (dict, tuple)):
        if not isinstance(value, list):
            yield f"{where} is no list"
            return
        for i, one in enumerate(value):
            yield from check(one, wanted[0], f"{where}[{i}]")
    elif value not in wanted:
        yield f"{where} is {value!r}"


def problems(result):
    return list(check(result, CHECK, "check"))
