#!/usr/bin/env python3
"""The rows of benches as a table.

    table.py FILE [PART...]     goal, figure and verdict, the last of each row
    table.py A B                two results side by side: each a file, or a
                                commit whose rows are in the usual file
"""

import sys
from pathlib import Path

from rows import HEAD, line, number, read

USUAL = Path(__file__).resolve().parents[2] / "build/bench/results.jsonl"


def last_of_each(rows):
    """A row that was measured again counts once."""
    return {(row["bench"], row["what"]): row for row in rows}


def load(word):
    if Path(word).exists():
        return last_of_each(read(word))
    rows = [row for row in read(USUAL)
            if row["commit"].removesuffix("+").startswith(word)]
    if not rows:
        sys.exit(f"table: {word}: no file, and no commit in {USUAL}")
    return last_of_each(rows)


def tell(rows, parts):
    """Returns how many goals were missed."""
    chosen = [row for (part, _), row in rows.items()
              if not parts or part in parts]
    print(HEAD)
    for row in chosen:
        print(line(row))
    missed = sum(not row["met"] for row in chosen)
    print(f"{len(chosen) - missed} goals met, {missed} missed")
    return missed


def compare(a, b):
    """Better is more where the goal is a least, less where it is a most."""
    print(f"{'bench':9} {'what':54} {'goal':>11} {'A':>9} {'B':>9}    B/A")
    for key in a.keys() & b.keys():
        old, new = a[key], b[key]
        ratio = new["figure"] / old["figure"] if old["figure"] else 0
        better = (ratio > 1) == (new["sense"] == ">=")
        word = "" if abs(ratio - 1) < 0.05 or not ratio else \
            "better" if better else "worse"
        print(f"{key[0]:9} {key[1]:54} {new['sense']} "
              f"{number(new['goal']):>8} {number(old['figure']):>9} "
              f"{number(new['figure']):>9} {ratio:6.2f} {word}")


def main():
    words = sys.argv[1:]
    if len(words) == 2 and not Path(words[0]).is_file() or \
            len(words) == 2 and Path(words[1]).is_file():
        compare(*map(load, words))
        return 0
    if not words:
        sys.exit(__doc__)
    return 1 if tell(load(words[0]), words[1:]) else 0


if __name__ == "__main__":
    sys.exit(main())
