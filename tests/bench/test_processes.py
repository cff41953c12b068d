"""Tests of processes.py: python3 tests/bench/test_processes.py"""
import os, sys, tempfile, unittest

sys.dont_write_bytecode = True
import processes
from processes import Failed, Stuck


class a_bounded_run(unittest.TestCase):
    def test_gives_output_and_times(self):
        done = processes.run(['sh', '-c', 'echo out; echo err >&2'])
        self.assertEqual((done.stdout, done.stderr), ('out\n', 'err\n'))
        self.assertGreater(done.seconds, 0)
        self.assertGreaterEqual(done.cpu_seconds, 0)

    def test_that_does_not_end_is_killed_with_children_in_other_sessions(self):
        with tempfile.TemporaryDirectory() as folder:
            fifo = f'{folder}/fifo' # each process of the run holds it open: reading ends when the last of them is gone
            os.mkfifo(fifo)
            end = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
            script = 'exec 9>"$0"; echo begun >&9; setsid sleep 300 & sleep 300'
            with self.assertRaisesRegex(Stuck, 'killed after 5 s'):
                processes.run(['sh', '-c', script, fifo], seconds=5)
            os.set_blocking(end, True)
            with os.fdopen(end) as left:
                self.assertEqual(left.read(), 'begun\n')

    def test_that_fails_tells_status_and_message(self):
        with self.assertRaisesRegex(Failed, 'exit status 3: broken'):
            processes.run(['sh', '-c', 'echo broken >&2; exit 3'])

    def test_of_a_program_that_is_not_there_names_it(self):
        with self.assertRaisesRegex(Failed, '/nowhere/peer: No such file'):
            processes.run(['/nowhere/peer'])


if __name__ == '__main__':
    unittest.main()
