"""Measures several programs in turn, round by round, and prints them as a table with ratios of pairs.

This module must not know what is measured, nor how."""
import sys
from typing import NamedTuple
import pairs
from processes import Failed, Stuck

OURS = 'sluice' # what the names of our own measurements begin with: where one of them fails, all ends
LEFT_OUT = 'left out of this part (deploy/dependencies --role bench installs the versions that were tried)'


class Figure(NamedTuple):
    """One number that a run gives."""
    key: str # its name in the samples and in the JSON
    unit: str
    layout: str # of the number, as format() takes it
    compared: str = '' # what a ratio of it says: "as fast", "of the CPU"


class Rounds:
    """What the rounds gave: for each name one sample a round ({figure: number}), None where that run got stuck."""

    def __init__(self, names):
        self.samples = {name: [] for name in names}
        self.stuck_seconds = {} # name → the bound that was passed
        self.failed = {} # name → why it was left out

    def values(self, name, figure):
        return [sample and sample[figure] for sample in self.samples[name]]

    def quartiles(self, name, figure):
        return pairs.quartiles(self.values(name, figure))

    def ratio(self, ours, theirs, figure):
        """None where no round has both."""
        if ours not in self.samples or theirs not in self.samples:
            return None
        return pairs.ratio_of_pairs(self.values(ours, figure), self.values(theirs, figure))

    def stuck(self, name):
        return sum(sample is None for sample in self.samples[name])

    def stuck_text(self, name):
        runs, count = len(self.samples[name]), self.stuck(name)
        return f'stuck in {count} of {runs} runs (killed after {self.stuck_seconds[name]:.0f} s)' if count else ''


stuck_runs_of_ours = 0 # in the whole comparison: its exit status tells


def turn(rounds, name, measure):
    """One run. A peer that fails is left out from here on; our own failure ends the comparison."""
    global stuck_runs_of_ours
    try:
        return measure()
    except Stuck as problem:
        print(f'{name}: stuck: {problem}', file=sys.stderr)
        rounds.stuck_seconds[name] = problem.seconds
        stuck_runs_of_ours += name.startswith(OURS)
    except (Failed, ValueError, LookupError) as problem: # the latter two: output of another shape than it should have
        if name.startswith(OURS):
            raise Failed(f'{name} failed, so there is nothing to compare: {problem}') from problem
        print(f'{name}: {LEFT_OUT}. It failed: {problem}', file=sys.stderr)
        rounds.failed[name] = str(problem)
        del rounds.samples[name]
    return None


def in_turn(count, measures, warm_up=False, alternate=False):
    """Runs each measure once a round, in the order given, `count` rounds long: what changes on the machine meanwhile
    meets all of them. `measures`: name → function giving {figure: number}. `warm_up`: a round before that does not
    count. `alternate`: each second round runs backwards, for differences smaller than what going first costs."""
    rounds = Rounds(measures)
    for number in range(-1 if warm_up else 0, count):
        names = [name for name in measures if name in rounds.samples]
        for name in reversed(names) if alternate and number % 2 else names:
            sample = turn(rounds, name, measures[name])
            if name in rounds.samples and number >= 0:
                rounds.samples[name].append(sample)
    return rounds


def number_text(figure, found):
    lower, median, upper = (format(x, figure.layout) for x in found[:3])
    return f'{median} {figure.unit} [{lower} .. {upper}]'


def ratios_text(rounds, figures, pair):
    """Ratios of the two names of `pair`, or nothing where no round has both."""
    ours, theirs, words = pair
    ratios = [(found, x.compared) for x in figures if (found := rounds.ratio(ours, theirs, x.key))]
    return f'{words}: ' + ', '.join(pairs.ratio_text(*x) for x in ratios) if ratios else ''


def cells(rounds, name, figures, pair):
    """A line in parts: medians with quartiles, then ratios and how often it got stuck."""
    numbers = [number_text(x, found) if (found := rounds.quartiles(name, x.key)) else '' for x in figures]
    remarks = [ratios_text(rounds, figures, pair) if pair else '', rounds.stuck_text(name)]
    return [name, *numbers, '  '.join(filter(None, remarks))]


def against_ours(name):
    """The pair of a peer: sluice over it."""
    return None if name == OURS else (OURS, name, OURS)


def table(label, rounds, figures, pair_of=against_ours, aim=''):
    """Prints a line for each name, and gives what is to be written as JSON. `pair_of(name)`: None, or the names whose
    ratio belongs into its line (over and under the division) and the words before it. `aim`: what is to be reached."""
    if aim:
        print(f'{label.strip()}, to reach: {aim}')
    lines = [cells(rounds, name, figures, pair_of(name)) for name in rounds.samples]
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        print(f'{label:9}', '  '.join(f'{x:{width}}' for x, width in zip(line, widths)).rstrip(), flush=True)
    told = {name: as_json(rounds, name, figures, pair_of(name)) for name in rounds.samples}
    return {**told, **{name: {'failed': why} for name, why in rounds.failed.items()}}


def as_json(rounds, name, figures, pair):
    told = {'stuck': rounds.stuck(name), 'samples': rounds.samples[name]}
    for figure in figures:
        found, ratio = rounds.quartiles(name, figure.key), pair and rounds.ratio(pair[0], pair[1], figure.key)
        if found:
            told[figure.key] = {**found._asdict(), 'unit': figure.unit}
        if ratio:
            told[f'{figure.key} ratio'] = {**ratio._asdict(), 'of': list(pair[:2]), 'verdict': pairs.verdict(ratio)}
    return told
