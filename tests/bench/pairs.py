"""Statistics of measurements made in pairs: medians, quartiles, ratios of pairs, and whether a ratio tells anything.

Pure functions of numbers: this module must know nothing of processes, peers or how a table is laid out."""
import statistics
from typing import NamedTuple

FEWEST = 3 # values, below which the quartiles are the extremes and a ratio tells nothing


class Quartiles(NamedTuple):
    lower: float
    median: float
    upper: float
    count: int # of the values they were made from


def quartiles(values):
    """Quartiles of the values that are not None (the runs that came to an end). None where there are none."""
    known = [x for x in values if x is not None]
    if not known:
        return None
    if len(known) < FEWEST:
        return Quartiles(min(known), statistics.median(known), max(known), len(known))
    return Quartiles(*statistics.quantiles(known, n=4), len(known))


def ratio_of_pairs(ours, theirs):
    """Quartiles of ours / theirs, divided round by round. A round where one of the two is missing counts not at all."""
    return quartiles([a / b for a, b in zip(ours, theirs) if a is not None and b])


def verdict(ratio):
    """What is to be said of a ratio beside its figures; empty where its quartiles lie on one side of 1."""
    if ratio.lower <= 1 <= ratio.upper:
        return 'too noisy to tell'
    return 'too few pairs to tell' if ratio.count < FEWEST else ''


def ratio_text(ratio, words):
    """For example `1.08x [1.02 .. 1.13] as fast`, with the verdict behind it."""
    text, told = f'{ratio.median:.2f}x [{ratio.lower:.2f} .. {ratio.upper:.2f}] {words}', verdict(ratio)
    return f'{text} ({told})' if told else text
