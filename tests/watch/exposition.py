"""Read what an agent tells a scraper, strictly: Prometheus' text format 0.0.4
and OpenMetrics 1.0.

    series = read(text, openmetrics=False)

is {name with labels: value}; ValueError names the line that is wrong.
"""

import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
PAIR = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{PAIR}(?:,|(?=\}})))*)\}})? (\S+)")
SUFFIXES = {"counter": ["_total"], "gauge": [""], "info": ["_info"],
            "histogram": ["_bucket", "_sum", "_count"]}


def number(text):
    if not re.fullmatch(r"[-+]?(\d+(\.\d+)?([eE][-+]?\d+)?|Inf)|NaN", text):
        raise ValueError(f"no number: {text}")
    return float(text)


class Reader:
    def __init__(self, openmetrics):
        self.openmetrics = openmetrics
        self.family, self.type, self.help = None, None, None
        self.done, self.series, self.types = set(), {}, {}

    def comment(self, line):
        word, _, rest = line[2:].partition(" ")
        name, _, text = rest.partition(" ")
        if word == "HELP":
            if name in self.done or name == self.family:
                raise ValueError(f"a second family {name}")
            self.done.add(self.family)
            self.family, self.type, self.help = name, None, text
            if not text:
                raise ValueError("no help")
        elif word == "TYPE":
            if name != self.family or self.type:
                raise ValueError("TYPE without its HELP before")
            if text not in SUFFIXES:
                raise ValueError(f"type {text}")
            self.type = self.types[name] = text
        else:
            raise ValueError(f"an unknown comment: {word}")

    def suffixes(self):
        """In the older format a counter's family has the name of its series.
        """
        if self.type == "counter" and not self.openmetrics:
            return [""]
        return SUFFIXES[self.type]

    def sample(self, line):
        found = SAMPLE.fullmatch(line)
        if not found:
            raise ValueError("no sample")
        name, inner, value = found[1], found[2] or "", number(found[5])
        if not self.type or name not in [self.family + s
                                         for s in self.suffixes()]:
            raise ValueError(f"not of the family {self.family}")
        if self.type == "counter" and not name.endswith("_total"):
            raise ValueError("a counter that does not end in _total")
        labels = re.findall(PAIR, inner)
        if len(dict(labels)) != len(labels):
            raise ValueError("a label twice")
        if self.type != "gauge" and (value < 0 or math.isnan(value)):
            raise ValueError("less than nothing")
        key = name, tuple(sorted(labels))
        if key in self.series:
            raise ValueError(f"a series twice: {key}")
        self.series[key] = value


def check_histograms(reader):
    """Buckets rise to +Inf, which is the count; sums are there."""
    groups = {}
    for (name, labels), value in reader.series.items():
        if name.endswith("_bucket") and \
                reader.types.get(name[:-7]) == "histogram":
            rest = tuple(pair for pair in labels if pair[0] != "le")
            groups.setdefault((name[:-7], rest), []).append(
                (number(dict(labels)["le"]), value))
    for (name, labels), buckets in groups.items():
        bounds, counts = zip(*buckets)
        if list(bounds) != sorted(set(bounds)) or \
                list(counts) != sorted(counts) or bounds[-1] != math.inf:
            raise ValueError(f"{name}{labels}: buckets {buckets}")
        if reader.series.get((name + "_count", labels)) != counts[-1] or \
                (name + "_sum", labels) not in reader.series:
            raise ValueError(f"{name}{labels}: count or sum")


def read(text, openmetrics=False):
    reader = Reader(openmetrics)
    lines = text.split("\n")
    if lines.pop() != "":
        raise ValueError("the last line does not end")
    if openmetrics and (not lines or lines.pop() != "# EOF"):
        raise ValueError("no # EOF")
    for n, line in enumerate(lines, 1):
        try:
            if line.startswith("# "):
                reader.comment(line)
            else:
                reader.sample(line)
        except ValueError as error:
            raise ValueError(f"line {n}: {error}: {line}") from None
    check_histograms(reader)
    return reader


def fallen(before, after):
    """What only rises, and did not."""
    rising = {name for name, kind in before.types.items() if kind != "gauge"}
    return [key for key, value in before.series.items()
            if re.sub("_(total|bucket|count|sum)$", "", key[0]) in
            {re.sub("_total$", "", name) for name in rising} and
            after.series.get(key, value) < value]
