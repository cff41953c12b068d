"""Tests of pairs.py: python3 tests/bench/test_pairs.py"""
import sys, unittest

sys.dont_write_bytecode = True
import pairs
from pairs import Quartiles


class quartiles_of_values(unittest.TestCase):
    def test_five_values_have_the_quartiles_of_the_exclusive_method(self):
        self.assertEqual(pairs.quartiles([5, 1, 4, 2, 3]), Quartiles(1.5, 3, 4.5, 5))

    def test_three_values_have_the_extremes_as_quartiles(self):
        self.assertEqual(pairs.quartiles([30, 10, 20]), Quartiles(10, 20, 30, 3))

    def test_two_values_are_not_extrapolated(self):
        self.assertEqual(pairs.quartiles([10, 20]), Quartiles(10, 15, 20, 2))

    def test_one_value_is_all_three(self):
        self.assertEqual(pairs.quartiles([7]), Quartiles(7, 7, 7, 1))

    def test_stuck_runs_do_not_count(self):
        self.assertEqual(pairs.quartiles([None, 10, None, 30, 20]), Quartiles(10, 20, 30, 3))

    def test_without_a_value_there_are_none(self):
        self.assertIsNone(pairs.quartiles([]))
        self.assertIsNone(pairs.quartiles([None, None]))


class ratio_of_pairs(unittest.TestCase):
    def test_is_taken_round_by_round(self):
        # The machine became twice as slow in the second round: both felt it, and the ratio does not.
        self.assertEqual(pairs.ratio_of_pairs([110, 55, 110], [100, 50, 100]), Quartiles(1.1, 1.1, 1.1, 3))

    def test_leaves_out_a_round_where_either_is_missing(self):
        ratio = pairs.ratio_of_pairs([2, None, 6, 8], [1, 1, None, 2])
        self.assertEqual(ratio, Quartiles(2, 3, 4, 2))

    def test_leaves_out_a_division_by_zero(self):
        self.assertEqual(pairs.ratio_of_pairs([2, 2], [0, 1]), Quartiles(2, 2, 2, 1))

    def test_without_a_pair_there_is_none(self):
        self.assertIsNone(pairs.ratio_of_pairs([1, None], [None, 1]))


class verdict_on_a_ratio(unittest.TestCase):
    def test_quartiles_around_one_are_too_noisy(self):
        self.assertEqual(pairs.verdict(Quartiles(0.98, 1.03, 1.10, 5)), 'too noisy to tell')

    def test_a_quartile_of_exactly_one_is_too_noisy(self):
        self.assertEqual(pairs.verdict(Quartiles(1.0, 1.03, 1.10, 5)), 'too noisy to tell')
        self.assertEqual(pairs.verdict(Quartiles(0.9, 0.95, 1.0, 5)), 'too noisy to tell')

    def test_quartiles_on_one_side_of_one_need_no_word(self):
        self.assertEqual(pairs.verdict(Quartiles(1.02, 1.08, 1.13, 5)), '')
        self.assertEqual(pairs.verdict(Quartiles(0.80, 0.85, 0.99, 5)), '')

    def test_two_pairs_are_too_few(self):
        self.assertEqual(pairs.verdict(Quartiles(1.5, 1.6, 1.7, 2)), 'too few pairs to tell')


class text_of_a_ratio(unittest.TestCase):
    def test_has_median_and_quartiles(self):
        self.assertEqual(pairs.ratio_text(Quartiles(1.02, 1.08, 1.13, 5), 'as fast'), '1.08x [1.02 .. 1.13] as fast')

    def test_ends_with_the_verdict(self):
        text = pairs.ratio_text(Quartiles(0.98, 1.03, 1.10, 5), 'as fast')
        self.assertEqual(text, '1.03x [0.98 .. 1.10] as fast (too noisy to tell)')


if __name__ == '__main__':
    unittest.main()
