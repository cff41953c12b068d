"""A long link on this machine (tests/netlab): its program, and how to time a command over it.

This module must not know which clients and servers run at its ends."""
import glob, os, subprocess

FAR = '10.77.0.1' # the server's end
# Once file $0 is there: the microseconds that the command takes, without those of setting up the link.
TIMED = '''until [ -s "$0" ]; do sleep 0.01; done
begun=$(date +%s%N); "$@" >/dev/null && echo $((($(date +%s%N) - begun) / 1000))'''


def built(work, root):
    """Path of the program; None where it does not build, or where this machine lets us have no link."""
    program, include = f'{work}/netlab', f'{work}/include'
    os.makedirs(include, exist_ok=True)
    if not os.path.exists(f'{include}/sluice'):
        os.symlink(root, f'{include}/sluice')
    sources = sorted(glob.glob(f'{root}/tests/netlab/*.cpp'))
    try:
        if not os.path.exists(program):
            subprocess.run(['c++', '-std=c++20', '-O2', f'-I{include}', *sources, '-o', program], check=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        print(f'over a long link: not measured: tests/netlab does not build: {problem}')
        return None
    return program if subprocess.run([program, '--rtt', '1', '--self-check']).returncode == 0 else None


def write_file(path, size):
    """A file of random bytes, if it is not there yet."""
    if os.path.exists(path):
        return
    with open(path, 'wb') as f:
        for at in range(0, size, 1 << 20):
            f.write(os.urandom(min(1 << 20, size - at)))


def timed(awaited, command):
    """The command to run over the link, to start once the file `awaited` is there and not empty."""
    return ['bash', '-c', TIMED, awaited, *command]


def seconds(done):
    return float(done.stdout) / 1e6
