"""Joins what was done to a small world with what was told of it.

The world is a list of outages, (host, begin, end), where end is None while it
lasts.  What was told is a list of requests in the order of their arrival:

    {"channel", "life", "id", "kind", "incident", "host", "at", "items"}

life counts the processes that sent it: between two of them one was killed.
items, of a digest, are (incident, host, kind), where kind is opened, resolved
or more (it is still open, and grew).  Times are those of one clock.

check() returns complaints, none when all of this holds:
- an outage that lasted for long has its opening and, when it is over, its end;
- an opening has an outage, and an end comes when there is none (any more);
- no end before its opening, and no opening or end under two ids;
- an id comes again only in another life, and but one a life and channel: what
  was under way when its sender was killed.
"""

from collections import defaultdict, namedtuple

Patience = namedtuple("Patience", "outage tell resolve")


def words_of(request):
    """(kind, incident, host) of all that a request says."""
    if request["kind"] != "digest":
        return [(request["kind"], request["incident"], request["host"])]
    return [(kind, incident, host)
            for incident, host, kind in request["items"]]


def repeats(requests):
    """Whatever came again: once a life at most, and never in the same."""
    wrong, lives = [], {}
    again = defaultdict(set)
    for r in requests:
        key = r["channel"], r["id"]
        if key not in lives:
            lives[key] = [r["life"]]
            continue
        if r["life"] in lives[key]:
            wrong.append(f"{r['id']} came twice from one process")
        lives[key].append(r["life"])
        again[r["channel"], r["life"]].add(r["id"])
    for (channel, life), ids in again.items():
        if len(ids) > 1:
            wrong.append(f"{channel}: process {life} repeated {sorted(ids)}")
    return wrong


def told(requests):
    """For each channel and incident: when what was first told; and wrong."""
    wrong, ids = [], {}
    first = defaultdict(dict)
    for r in requests:
        for kind, incident, host in words_of(r):
            if kind not in ("opened", "resolved", "more"):
                continue
            of = first[r["channel"], incident]
            # A digest tells of what is new in it all that there is.
            if kind != "opened" and "opened" not in of:
                if r["kind"] == "digest":
                    of["opened"] = r["at"]
                else:
                    wrong.append(f"{r['channel']}: incident {incident} is "
                                 "resolved and was not opened")
            of["host"] = host or of.get("host")
            if kind == "more":
                continue
            of.setdefault(kind, r["at"])
            known = ids.setdefault((r["channel"], incident, kind), r["id"])
            if known != r["id"]:
                wrong.append(f"{r['channel']}: incident {incident} was {kind} "
                             f"as {known} and as {r['id']}")
    return first, wrong


def missing(outages, incidents, now, patience):
    """Outages that nobody was told of, or not of their end."""
    wrong = []
    for host, begin, end in outages:
        if (end or now) - begin < patience.outage:
            continue
        told_of = [i for i in incidents if i["host"] == host
                   and i["opened"] <= (end or now) + patience.tell
                   and i.get("resolved", now) > begin]
        if not told_of:
            wrong.append(f"{host} was down from {begin:.1f} to "
                         f"{end or now:.1f}: not told")
    return wrong


def unfounded(outages, incidents, now, patience):
    """Incidents without an outage, or that ended in the midst of one."""
    wrong = []
    for i in incidents:
        mine = [(b, e or now) for host, b, e in outages if host == i["host"]]
        if not any(b <= i["opened"] <= e + patience.tell for b, e in mine):
            wrong.append(f"{i['host']}: opened at {i['opened']:.1f} without "
                         "an outage")
        end = i.get("resolved")
        if end and any(b + patience.resolve < end < e for b, e in mine):
            wrong.append(f"{i['host']}: resolved at {end:.1f} while it was "
                         "down")
    return wrong


def endless(outages, incidents, now, patience):
    """Incidents whose outage is over for long, and that are not."""
    down = {host for host, _, end in outages
            if end is None or now - end < patience.tell}
    return [f"{i['host']}: opened at {i['opened']:.1f} and never resolved"
            for i in incidents
            if "resolved" not in i and i["host"] not in down]


def incidents_of(first, channel):
    return [i for (c, _), i in first.items()
            if c == channel and "opened" in i]


def is_settled(outages, requests, channels, now):
    """All that is down now has been told to all channels, and the end of all
    that is not."""
    at_once = Patience(0, 0, 0)
    down = [outage for outage in outages if outage[2] is None]
    first, _ = told(requests)
    return not any(missing(down, incidents_of(first, c), now, at_once)
                   or endless(outages, incidents_of(first, c), now, at_once)
                   for c in channels)


def check(outages, requests, now, patience):
    wrong = repeats(requests)
    first, more = told(requests)
    wrong += more
    for channel in {r["channel"] for r in requests}:
        incidents = incidents_of(first, channel)
        for find in (missing, unfounded, endless):
            wrong += [f"{channel}: {line}" for line in
                      find(outages, incidents, now, patience)]
    if outages and not requests:
        wrong.append("nothing was told at all")
    return wrong


# ---------------------------------------------------------------- controls

def mutations(requests):
    """What a good log must not be: (what was done to it, the other log)."""
    def single(kind):
        return next((n for n, r in enumerate(requests) if r["kind"] == kind
                     and r["id"] not in again), None)

    seen, again = set(), set()
    for r in requests:
        (again if (r["channel"], r["id"]) in seen else seen).add(
            (r["channel"], r["id"]))
    again = {name for _, name in again}
    opened, resolved = single("opened"), single("resolved")
    if opened is None or resolved is None:
        return
    without = list(requests)
    yield "an opening removed", without[:opened] + without[opened + 1:]
    yield "an end removed", without[:resolved] + without[resolved + 1:]
    yield "an end sent twice by one process", \
        without[:resolved + 1] + without[resolved:]
    yield "an end under another id", without[:resolved + 1] + [
        {**requests[resolved], "id": "msg_other",
         "life": requests[resolved]["life"] + 1}] + without[resolved + 1:]
    first = next(n for n, r in enumerate(requests)
                 if any(w[1] == requests[resolved]["incident"]
                        for w in words_of(r))
                 and r["channel"] == requests[resolved]["channel"])
    swapped = list(requests)
    swapped[first], swapped[resolved] = swapped[resolved], swapped[first]
    yield "an end before its opening", swapped
    yield "an alert about what was well", without + [
        {**requests[opened], "id": "msg_new", "incident": "9999999",
         "host": "the host that was always well"}]


def blind_spots(outages, requests, now, patience):
    """Mutations that nobody noticed."""
    return [what for what, log in mutations(requests)
            if not check(outages, log, now, patience)]


def example():
    """A small log in which all is well: an opening that was under way at a
    kill, and an incident in a digest."""
    def request(at, life, name, kind, incident, host=None, items=()):
        return {"channel": "hook", "life": life, "id": name, "kind": kind,
                "incident": incident, "host": host, "at": at, "items": items}

    outages = [("m1", 0, 30), ("m2", 10, 40), ("m3", 50, 51), ("m4", 60, None)]
    requests = [
        request(5, 0, "msg_a", "opened", "1", "m1"),
        request(6, 1, "msg_a", "opened", "1", "m1"),
        request(15, 1, "msg_b", "digest", None,
                items=[("2", "m2", "opened")]),
        request(20, 1, "msg_f", "digest", None,
                items=[("2", "m2", "more")]),
        request(33, 2, "msg_c", "resolved", "1", "m1"),
        request(43, 2, "msg_d", "resolved", "2", "m2"),
        request(65, 3, "msg_e", "opened", "3", "m4"),
    ]
    return outages, requests, 80, Patience(10, 8, 2)


def self_test():
    """Complaints about the checker itself."""
    good = example()
    wrong = [f"a good log: {line}" for line in check(*good)]
    outages, requests, now, patience = good
    wrong += [f"not noticed: {what}" for what in blind_spots(*good)]
    if len(list(mutations(requests))) != 6:
        wrong.append("not all mutations were tried")
    early = requests[:4] + [{**requests[4], "at": 20}] + requests[5:]
    more = {
        "an end in the midst of an outage": early,
        "two repeated by one process": requests[:6] + [
            {**requests[4], "life": 3}, {**requests[5], "life": 3}]
        + requests[6:],
        "an opening in two digests": requests[:4] + [
            {**requests[2], "id": "msg_g"}] + requests[4:],
        "nothing": [],
    }
    wrong += [f"not noticed: {what}" for what, log in more.items()
              if not check(outages, log, now, patience)]
    return wrong


if __name__ == "__main__":
    print("\n".join(self_test()) or "ok")
