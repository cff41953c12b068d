"""The HTTP/1.1 parts of tests/bench/compare: sluice beside libcurl, Bun and Deno against nginx, clear and over TLS."""
import json
from turns import Figure, in_turn, table

PARTS = ['bulk', 'requests', 'stalled', 'overhead']
CONNECTIONS = 32

RATE = Figure('rate', 'MB/s', '.0f', 'as fast')
CPU = Figure('cpu', 'CPU s/GB', '.2f', 'of the CPU')
REQUESTS = Figure('rate', 'a second', '.0f', 'as many')
REQUEST_CPU = Figure('cpu', 'CPU us each', '.1f', 'of the CPU')
MEMORY = Figure('memory', 'MB above idle', '.1f', 'of the memory')

FETCH = '''const [url, count, width] = [PROCESS_ARGS]; let left = +count, bytes = 0; const begun = performance.now();
async function get() { const r = await fetch(url); for await (const c of r.body) bytes += c.length; }
async function one() { while (left-- > 0) await get(); }
await Promise.all(Array.from({length: +width}, one)); console.log((performance.now() - begun) / 1000, bytes);'''
ARGUMENTS = {'bun': 'process.argv.slice(2)', 'deno': 'Deno.args'}
AUTHORITY = {'bun': 'NODE_EXTRA_CA_CERTS', 'deno': 'DENO_CERT'}


class Lab:
    """What the parts share: the command, the origin's URLs, its certificate, how to run things and how often."""

    def __init__(self, work, plain, secure, options, run, peers):
        self.work, self.plain, self.secure, self.options, self.run = work, plain, secure, options, run
        self.ca, self.sluice = f'{work}/cert', options.sluice
        self.peers = {}
        if 'libcurl' in peers:
            trust = lambda ca: [ca] if ca else []
            self.peers['libcurl'] = lambda url, n, width, ca: [peers['libcurl'], url, str(n), str(width), *trust(ca)]
        for name, start in (('bun', []), ('deno', ['run', '-A'])):
            if name in peers:
                self.peers[name] = self.script(name, [peers[name], *start])

    def script(self, name, start):
        """function(url, requests, concurrency, certificate authority or None) giving a command"""
        path = f'{self.work}/{name}.mjs'
        with open(path, 'w') as f:
            f.write(FETCH.replace('[PROCESS_ARGS]', ARGUMENTS[name]))
        trust = lambda ca: ['env', f'{AUTHORITY[name]}={ca}'] if ca else []
        return lambda url, n, width, ca: [*trust(ca), *start, path, url, str(n), str(width)]

    def load(self, url, *more):
        return self.run([self.sluice, 'load', url, '--stats=-', *more])


def bulk(lab):
    result, size = {}, lab.options.bytes
    for label, url, ca in (('h1 clear', f'{lab.plain}/bulk', None), ('h1 TLS', f'{lab.secure}/bulk', lab.ca)):
        commands = {'sluice': [lab.sluice, 'get', url, '-s', '-o', '/dev/null', *(['--cacert', ca] if ca else [])]}
        commands.update({name: make(url, 1, 1, ca) for name, make in lab.peers.items()})
        def measure(command):
            done = lab.run(command)
            return {'rate': size / 1e6 / done.seconds, 'cpu': done.cpu_seconds / (size / 1e9)}
        measures = {name: lambda command=command: measure(command) for name, command in commands.items()}
        result[label] = table(label, in_turn(lab.options.runs, measures, warm_up=True), [RATE, CPU])
    return result


def requests(lab):
    n, url = lab.options.requests, f'{lab.plain}/1k'
    def figures(rate, done):
        return {'rate': rate, 'cpu': done.cpu_seconds / n * 1e6}
    def ours():
        width = str(CONNECTIONS)
        done = lab.load(url, '--requests', str(n), '--concurrency', width, '--connections', width)
        return figures(json.loads(done.stdout)['requests_per_second'], done)
    def theirs(make):
        done = lab.run(make(url, n, CONNECTIONS, None))
        return figures(n / float(done.stdout.split()[0]), done)
    measures = {'sluice': ours, **{name: lambda make=make: theirs(make) for name, make in lab.peers.items()}}
    return {'requests': table('requests', in_turn(lab.options.runs, measures, warm_up=True), [REQUESTS, REQUEST_CPU])}


def stalled(lab):
    def cost(url, trust):
        told = json.loads(lab.load(url, *trust, '--stalled', '64', '--hold', '1', '--no-drain').stdout)
        return {'memory': (told['rss_bytes'] - told['rss_idle_bytes']) / 1e6}
    result = {}
    for label, url, trust in (('clear', f'{lab.plain}/bulk', []), ('TLS', f'{lab.secure}/bulk', ['--cacert', lab.ca])):
        rounds = in_turn(lab.options.runs, {'sluice': lambda: cost(url, trust)})
        result[f'stalled {label}'] = table(f'64 stalled readers over h1 {label}', rounds, [MEMORY])
    return result


def overhead(lab):
    """What pausing costs: CPU against a window that never fills. Each goes first in turn: what runs second finds the
    machine in another state."""
    command = [lab.sluice, 'get', f'{lab.plain}/bulk', '-s', '-o', '/dev/null']
    unpaused, gigabytes = 'sluice that never pauses', lab.options.bytes / 1e9
    measure = lambda command: {'cpu': lab.run(command).cpu_seconds / gigabytes}
    measures = {'sluice': lambda: measure(command), unpaused: lambda: measure([*command, '--window', str(1 << 30)])}
    rounds = in_turn(lab.options.runs, measures, alternate=True)
    pair_of = lambda name: ('sluice', unpaused, 'pausing') if name == 'sluice' else None
    return {'overhead': table('overhead', rounds, [CPU], pair_of)}


def run(lab, only):
    """Runs the parts asked for; gives the result of each once it is there."""
    for part, measure in zip(PARTS, (bulk, requests, stalled, overhead)):
        if only in (None, part):
            yield measure(lab)
