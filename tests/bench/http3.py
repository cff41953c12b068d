"""The HTTP/3 parts of tests/bench/compare: sluice beside libcurl (its GnuTLS flavour) and Bun's fetch, against
`sluice origin` and Bun.serve.

Each part prints medians, and ratios to what is to be reached. Peers that are not there are left out."""
import json, os, shutil, socket, subprocess, sys, time
import netlab
from http2 import alone_of, memory_each
from processes import Failed
from turns import OURS, Figure, in_turn, table

PARTS = ['h3-bulk', 'h3-requests', 'h3-stalled', 'h3-sibling', 'h3-link', 'h3-syscalls']
STREAMS = 64
LINK_BYTES = 100 << 20
LINK_SECONDS = 60 # that a run over the link may take: with packets lost, slow is not stuck

RATE = Figure('rate', 'MB/s', '.0f', 'as fast')
LINK_RATE = Figure('rate', 'MB/s', '.1f', 'as fast')
CPU = Figure('cpu', 'CPU s/GB', '.2f', 'of the CPU')
REQUESTS = Figure('rate', 'a second', '.0f', 'as many')
MEMORY = Figure('memory', 'KiB each above idle', '.1f', 'of the memory')
CALLS = Figure('calls', 'system calls a GB', '.0f', 'of the calls')


def free_port():
    """One that is free over TCP and UDP."""
    while True:
        with socket.socket() as s, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as u:
            s.bind(('127.0.0.1', 0))
            try:
                u.bind(s.getsockname())
            except OSError:
                continue
            return s.getsockname()[1]


class Origin:
    """A server of bodies by size. Peers that look up `localhost` may try ::1 alone, so the URL has the address."""

    def __init__(self, name, command, ca, path):
        self.name, self.command, self.ca, self.path = name, command, ca, path

    def ready(self, port, ca):
        with socket.socket() as s:
            listens = s.connect_ex(('127.0.0.1', port)) == 0
        return listens and (not ca or os.path.exists(ca) and os.path.getsize(ca) > 0)

    def start(self, port):
        ca = self.ca and self.ca + '127.0.0.1'
        if ca and os.path.exists(ca):
            os.unlink(ca)
        self.url = f'https://127.0.0.1:{port}'
        command = self.command(port, '127.0.0.1')
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            if self.ready(port, ca):
                return
            time.sleep(0.05)
        self.stop()
        raise Failed(f'the origin {self.name} does not listen: {" ".join(command)}')

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Lab:
    """What the parts share: the command, the origins, the peers, how to run things and how often."""

    def __init__(self, work, options, run, root, programs):
        self.work, self.options, self.run, self.root = work, options, run, root
        self.sluice, self.bytes, self.runs = options.sluice, options.bytes, options.runs
        self.files = {'bulk': self.bytes, 'medium': LINK_BYTES, 'small': 1024}
        for name, size in self.files.items():
            netlab.write_file(f'{work}/{name}', size)
        path = lambda name: f'/bytes/{self.files[name]}'
        self.origins = [Origin('sluice', self.sluice_origin, f'{work}/origin.', path)]
        self.peers = {} # name → function(authority, options and operands of curl_peer): a command, for one connection
        if 'libcurl with HTTP/3' in programs:
            curl = programs['libcurl with HTTP/3']
            self.peers['libcurl'] = lambda ca, *x: [curl, '--http3', '--connections', '1', *x, ca]
        if 'bun' in programs:
            self.add_bun(programs['bun'])

    def add_bun(self, bun):
        script, server = f'{self.root}/tests/bench/script_peer.cjs', f'{self.root}/tests/bench/bun_origin.mjs'
        self.peers['bun'] = lambda ca, *x: ['env', f'NODE_EXTRA_CA_CERTS={ca}', bun, script, *x, ca]
        command = lambda port, address: [bun, server, self.work, str(port), address]
        self.origins.append(Origin('bun', command, None, lambda name: f'/{name}'))

    def sluice_origin(self, port, address):
        certificate = f'{self.work}/origin.{address}'
        return [self.sluice, 'origin', '--address', address, '--port', '0', '--tls-port', str(port),
                '--streams', '2000', '--certificate-out', certificate]

    def ca(self, origin, address='127.0.0.1'):
        return origin.ca + address if origin.ca else f'{self.work}/cert'

    def get(self, origin, what, base=None, address='127.0.0.1', version='--http3-only'):
        url = (base or origin.url) + origin.path(what)
        return [self.sluice, 'get', url, '-s', '-o', '/dev/null', version, '--cacert', self.ca(origin, address)]

    def get_of(self, peer, origin, what, base=None, address='127.0.0.1'):
        return self.peers[peer](self.ca(origin, address), (base or origin.url) + origin.path(what), '1', '1')

    def bulk_commands(self, origin):
        return {'sluice': self.get(origin, 'bulk'), **{peer: self.get_of(peer, origin, 'bulk') for peer in self.peers}}

    def load(self, origin, what, *more):
        command = [self.sluice, 'load', origin.url + origin.path(what), '--http3-only', '--connections', '1']
        done = self.run([*command, '--cacert', self.ca(origin), '--stats=-', *more])
        return json.loads(done.stdout.strip().splitlines()[-1])

    def peer_figures(self, name, origin, *arguments):
        """seconds, bytes, failed, KiB of the paused"""
        out = self.run(self.peers[name](self.ca(origin), *arguments)).stdout.split()
        return float(out[0]), int(out[1]), int(out[2]), int(out[3])


def each_origin(lab, measured):
    """For each origin what `measured(origin)` gives. A peer's origin that does not start is left out."""
    result = {}
    for origin in lab.origins:
        try:
            origin.start(free_port())
        except Failed as problem:
            if origin.name == OURS:
                raise
            print(f'{problem}; not measured with it', file=sys.stderr)
            continue
        try:
            result[origin.name] = measured(origin)
        finally:
            origin.stop()
    return result


def bulk(lab):
    def figures(done):
        return {'rate': lab.bytes / 1e6 / done.seconds, 'cpu': done.cpu_seconds / (lab.bytes / 1e9)}
    def measured(origin):
        commands = lab.bulk_commands(origin)
        measures = {name: lambda command=command: figures(lab.run(command)) for name, command in commands.items()}
        aim = '1.3x the rate, 0.75x the CPU'
        return table(f'h3 from {origin.name:6}', in_turn(lab.runs, measures), [RATE, CPU], aim=aim)
    return {'h3 bulk': each_origin(lab, measured)}


def requests(lab):
    n = lab.options.requests
    def ours(origin):
        told = lab.load(origin, 'small', '--requests', str(n), '--concurrency', str(STREAMS))
        return {'rate': told['requests_per_second']}
    def theirs(peer, origin):
        return {'rate': n / lab.peer_figures(peer, origin, origin.url + origin.path('small'), str(n), str(STREAMS))[0]}
    def measured(origin):
        measures = {'sluice': lambda: ours(origin)}
        measures.update({peer: lambda peer=peer: theirs(peer, origin) for peer in lab.peers})
        return table(f'h3 small from {origin.name:6}', in_turn(lab.runs, measures), [REQUESTS])
    return {'h3 requests': each_origin(lab, measured)}


def stalled_from(lab, origin, n):
    options, url, small = ['--stalled', str(n)], origin.url + origin.path('bulk'), origin.url + origin.path('small')
    def theirs(peer):
        return {'memory': lab.peer_figures(peer, origin, *options, '--sibling', small, url, '1', '1')[3] / n}
    measures = {'sluice': lambda: memory_each(lab.load(origin, 'bulk', *options, '--hold', '1', '--no-drain'), n)}
    measures.update({peer: lambda peer=peer: theirs(peer) for peer in lab.peers})
    rounds = in_turn(min(lab.runs, 3), measures)
    return table(f'h3 {n} stalled from {origin.name:6}', rounds, [MEMORY], aim='under 128 KiB')


def stalled(lab):
    return {'h3 stalled': each_origin(lab, lambda origin: {n: stalled_from(lab, origin, n) for n in (64, 1000)})}


def sibling(lab):
    def measured(origin):
        url = origin.url + origin.path('bulk') # what is smaller is over before it flows evenly
        def ours(n):
            told = lab.load(origin, 'bulk', *(['--stalled', str(n), '--no-drain'] if n else []), '--sibling', url)
            return {'rate': told['sibling']['bytes_per_second'] / 1e6}
        def theirs(peer, n):
            options = ['--stalled', str(n)] if n else []
            seconds, size, _, _ = lab.peer_figures(peer, origin, *options, '--sibling', url, url, '1', '1')
            return {'rate': size / 1e6 / seconds}
        measures = {f'sluice beside {n}': lambda n=n: ours(n) for n in (0, 8, 64, 1000)}
        for peer in lab.peers:
            measures.update({f'{peer} beside {n}': lambda peer=peer, n=n: theirs(peer, n) for n in (0, 8)})
        rounds, label = in_turn(lab.runs, measures), f'h3 sibling from {origin.name:6}'
        return table(label, rounds, [RATE], alone_of, aim='0.95x of the rate alone')
    return {'h3 sibling': each_origin(lab, measured)}


def link_pair(name):
    """sluice's HTTP/3 over its HTTP/1.1; a peer's line has sluice's HTTP/3 over the peer's."""
    if name == 'sluice http1.1':
        return None
    ours = 'sluice http3-only'
    return (ours, 'sluice http1.1', 'of HTTP/1.1') if name == ours else (ours, name, 'sluice')


def link_from(lab, program, origin, loss):
    port = free_port()
    base, ca = f'https://{netlab.FAR}:{port}', lab.ca(origin, netlab.FAR)
    server = ' '.join(origin.command(port, netlab.FAR)) + ' >/dev/null'
    link_of = ['--rtt', '50', '--rate', '500', '--loss', str(loss)]
    start = [program, *link_of, '--server', server, '--port', str(port), '--']
    def over(command):
        if origin.ca and os.path.exists(ca):
            os.unlink(ca) # the server makes another
        done = lab.run([*start, *netlab.timed(ca, command)], seconds=LINK_SECONDS)
        return {'rate': LINK_BYTES / 1e6 / netlab.seconds(done)}
    commands = {f'sluice {version}': lab.get(origin, 'medium', base, netlab.FAR, f'--{version}')
                for version in ('http1.1', 'http3-only')}
    commands.update({peer: lab.get_of(peer, origin, 'medium', base, netlab.FAR) for peer in lab.peers})
    measures = {name: lambda command=command: over(command) for name, command in commands.items()}
    label = f'50 ms, 500 Mbit/s, {loss} % lost, from {origin.name:6}'
    return table(label, in_turn(lab.runs, measures), [LINK_RATE], link_pair, aim='1x of HTTP/1.1')


def link(lab):
    """100 MiB over a round trip of 50 ms at 500 Mbit/s by an origin at the far end, and the same with 1 % of the
    packets lost each way."""
    program = netlab.built(lab.work, lab.root)
    if not program:
        return {}
    return {f'h3 link {loss} % {origin.name}': link_from(lab, program, origin, loss)
            for origin in lab.origins for loss in (0, 1)}


def counted(lab, command):
    """The system calls of a command for each GB."""
    told = f'{lab.work}/perf'
    lab.run(['perf', 'stat', '-x', ',', '-o', told, '-e', 'raw_syscalls:sys_enter', *command])
    with open(told) as f:
        return next(int(line.split(',')[0]) for line in f if 'sys_enter' in line) / (lab.bytes / 1e9)


def syscalls(lab):
    """System calls of the client for each GB, counted by the kernel's own tracepoint (perf): it does not slow them."""
    allowed = ['perf', 'stat', '-e', 'raw_syscalls:sys_enter', 'true']
    if not shutil.which('perf') or subprocess.run(allowed, capture_output=True).returncode != 0:
        print('h3 system calls: not measured (perf, and the right to use it)')
        return {}
    def measured(origin):
        calls = lambda command: {'calls': counted(lab, command)}
        commands = lab.bulk_commands(origin)
        measures = {name: lambda command=command: calls(command) for name, command in commands.items()}
        return table(f'h3 from {origin.name:6}', in_turn(min(lab.runs, 3), measures), [CALLS])
    return {'h3 system calls': each_origin(lab, measured)}


def run(lab, only):
    """Runs the parts asked for; gives the result of each once it is there."""
    for part, measure in zip(PARTS, (bulk, requests, stalled, sibling, link, syscalls)):
        if only in (None, part):
            yield measure(lab)
