"""Tests of turns.py: python3 tests/bench/test_turns.py"""
import contextlib, io, sys, unittest

sys.dont_write_bytecode = True
import turns
from processes import Failed, Stuck
from turns import Figure, Rounds, in_turn

RATE = Figure('rate', 'MB/s', '.0f', 'as fast')


def quietly(call, *arguments, **named):
    """What a call returns, and what it printed on standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        result = call(*arguments, **named)
    return result, out.getvalue(), err.getvalue()


def raising(problem):
    def measure():
        raise problem
    return measure


class order_of_runs(unittest.TestCase):
    def order(self, count, **named):
        seen = []
        measures = {name: lambda name=name: seen.append(name) or {'rate': 1} for name in ('sluice', 'a', 'b')}
        rounds = in_turn(count, measures, **named)
        return ' '.join(seen), len(rounds.samples['b'])

    def test_each_program_runs_once_a_round(self):
        self.assertEqual(self.order(2), ('sluice a b sluice a b', 2))

    def test_a_warm_up_does_not_count(self):
        self.assertEqual(self.order(1, warm_up=True), ('sluice a b sluice a b', 1))

    def test_alternating_rounds_run_backwards(self):
        self.assertEqual(self.order(2, alternate=True), ('sluice a b b a sluice', 2))


class runs_that_go_wrong(unittest.TestCase):
    def setUp(self):
        turns.stuck_runs_of_ours = 0

    def table(self, measures, count=3):
        rounds, _, errors = quietly(in_turn, count, measures)
        told, text, _ = quietly(turns.table, 'h1', rounds, [RATE])
        return told, text, errors

    def test_a_peer_stuck_in_every_round_is_told_as_stuck(self):
        peer = raising(Stuck(['peer', 'url'], 15))
        told, text, errors = self.table({'sluice': lambda: {'rate': 2}, 'peer': peer})
        self.assertIn('stuck in 3 of 3 runs (killed after 15 s)', text)
        self.assertIn('peer: stuck: peer url: killed after 15 s', errors)
        self.assertEqual(told['peer'], {'stuck': 3, 'samples': [None, None, None]})
        self.assertEqual(turns.stuck_runs_of_ours, 0)

    def test_a_peer_stuck_once_is_compared_by_its_other_rounds(self):
        runs = iter([1, Stuck(['peer'], 15), 1, 1])
        def peer():
            run = next(runs)
            if isinstance(run, Stuck):
                raise run
            return {'rate': run}
        told, text, _ = self.table({'sluice': lambda: {'rate': 2}, 'peer': peer}, 4)
        self.assertEqual(told['peer']['rate ratio']['count'], 3)
        self.assertIn('sluice: 2.00x [2.00 .. 2.00] as fast  stuck in 1 of 4 runs', text)

    def test_our_own_stuck_runs_are_counted(self):
        self.table({'sluice': raising(Stuck(['sluice'], 15)), 'peer': lambda: {'rate': 1}})
        self.assertEqual(turns.stuck_runs_of_ours, 3)

    def test_a_peer_that_fails_is_left_out_with_its_reason(self):
        told, text, errors = self.table({'sluice': lambda: {'rate': 2}, 'peer': raising(Failed('exit status 7'))})
        self.assertEqual((told['peer'], 'peer' in text), ({'failed': 'exit status 7'}, False))
        self.assertEqual(errors, f'peer: {turns.LEFT_OUT}. It failed: exit status 7\n')

    def test_our_own_failure_ends_the_comparison(self):
        with self.assertRaisesRegex(Failed, 'sluice failed, so there is nothing to compare: exit status 7'):
            in_turn(1, {'sluice': raising(Failed('exit status 7'))})


class lines_of_a_table(unittest.TestCase):
    def line(self, ours, theirs):
        rounds = Rounds(['sluice', 'peer'])
        rounds.samples = {'sluice': [{'rate': x} for x in ours], 'peer': [{'rate': x} for x in theirs]}
        return quietly(turns.table, 'h1', rounds, [RATE])[1].splitlines()[1]

    def test_a_peers_line_ends_with_the_ratio_of_pairs(self):
        self.assertEqual(self.line([220, 440, 660], [200, 400, 600]),
                         'h1        peer    400 MB/s [200 .. 600]  sluice: 1.10x [1.10 .. 1.10] as fast')

    def test_overlapping_quartiles_get_no_winner(self):
        self.assertIn('1.00x [0.90 .. 1.20] as fast (too noisy to tell)', self.line([90, 100, 120], [100, 100, 100]))


if __name__ == '__main__':
    unittest.main()
