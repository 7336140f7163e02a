"""What a bench found: one row for each goal, as a table and as JSON lines, so
that two commits can be compared."""

import json
import os
import statistics
import time
from pathlib import Path

SENSES = {">=": lambda figure, goal: figure >= goal,
          "<=": lambda figure, goal: figure <= goal}


class Rows:
    """The rows of one bench; with a file, each is appended to it at once."""

    def __init__(self, bench, file=None):
        self.bench, self.file, self.rows = bench, file, []

    def row(self, what, runs, sense, goal, unit, **facts):
        """The median of runs against the goal.  Other facts (what the peer
        did, how the machine was) go into the JSON line only."""
        figure = statistics.median(runs)
        row = {"bench": self.bench, "what": what, "figure": figure,
               "sense": sense, "goal": goal, "unit": unit,
               "met": SENSES[sense](figure, goal), "runs": list(runs),
               "load": os.getloadavg()[0], "at": int(time.time()),
               "commit": os.environ.get("BENCH_COMMIT", ""), **facts}
        self.rows.append(row)
        if self.file:
            with open(self.file, "a", encoding="utf-8") as out:
                out.write(json.dumps(row) + "\n")
        print(line(row), flush=True)
        return row

    def missed(self):
        return [row for row in self.rows if not row["met"]]


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


HEAD = (f"{'bench':9} {'what':54} {'goal':>11} {'figure':>9} {'':12} verdict")


def line(row):
    runs = row["runs"]
    spread = (f"{number(min(runs))} to {number(max(runs))}, {len(runs)} runs"
              if len(runs) > 1 else "1 run")
    return (f"{row['bench']:9} {row['what']:54} "
            f"{row['sense']} {number(row['goal']):>8} "
            f"{number(row['figure']):>9} {row['unit']:12} "
            f"{'met' if row['met'] else 'MISSED':6} ({spread})")


def read(file):
    return [json.loads(text) for text in
            Path(file).read_text(encoding="utf-8").splitlines() if text]
