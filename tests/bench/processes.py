"""Runs one command to its end, or to the end of its time: then it is killed with all of its descendants.

This module must not know what the commands measure."""
import os, resource, signal, subprocess, tempfile, threading, time
from typing import NamedTuple

RUN_SECONDS = 15.0 # bound of a run of the default size; what takes longer is stuck


class Problem(RuntimeError):
    """Something a person has to mend. The text says what, and where possible how."""


class Failed(Problem):
    """A command that could not be started, or ended with another exit status than 0."""


class Stuck(Exception):
    """A command that did not end in time and was killed."""

    def __init__(self, command, seconds):
        super().__init__(f'{shown(command)}: killed after {seconds:.0f} s')
        self.seconds = seconds


class Done(NamedTuple):
    stdout: str
    stderr: str
    seconds: float # wall time
    cpu_seconds: float # user and system, of the command and the children it waited for


def shown(command):
    return ' '.join(command)


def descendants(pid):
    """The processes below `pid`, by what /proc tells now: children may have sessions and groups of their own."""
    children = {}
    for entry in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{entry}/stat') as f:
                parent = int(f.read().rpartition(')')[2].split()[1])
        except OSError: # it has ended meanwhile
            continue
        children.setdefault(parent, []).append(int(entry))
    found, unseen = [], [pid]
    while unseen:
        below = children.get(unseen.pop(), [])
        found += below
        unseen += below
    return found


def kill_tree(pid):
    """Kills a process that leads its group, its group, and its descendants in other groups."""
    below = descendants(pid)
    os.killpg(pid, signal.SIGKILL)
    for other in below:
        try:
            os.kill(other, signal.SIGKILL)
        except ProcessLookupError:
            pass


def await_end(process, seconds):
    """True where it ended by itself. It is not reaped before the timer is off, so that its number stays its own; the
    wait blocks, since Popen.wait with a timeout polls, which would make short runs up to 50 ms longer."""
    killed = threading.Event()

    def kill():
        killed.set()
        kill_tree(process.pid)

    timer = threading.Timer(seconds, kill)
    timer.start()
    try:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    except BaseException: # Ctrl-C reaches this process alone
        kill_tree(process.pid)
        raise
    finally:
        timer.cancel()
        timer.join()
        process.wait()
    return not killed.is_set()


def run(command, seconds=RUN_SECONDS):
    """Runs a command to its end. Raises Failed or Stuck. Output goes to files: a pipe that a lost descendant keeps open
    would have no end."""
    with tempfile.TemporaryFile('w+', errors='replace') as out, tempfile.TemporaryFile('w+', errors='replace') as err:
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       start_new_session=True)
        except OSError as problem:
            raise Failed(f'{command[0]}: {problem.strerror}') from None
        in_time = await_end(process, seconds)
        wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read())
    if not in_time:
        raise Stuck(command, seconds)
    if process.returncode != 0:
        raise Failed(f'{shown(command)}: exit status {process.returncode}: {texts[1].strip()[-300:] or "no message"}')
    return Done(*texts, wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
