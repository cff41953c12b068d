"""The HTTP/3 parts of tests/bench/compare: sluice beside libcurl (its GnuTLS flavour) and Bun's fetch, against `sluice origin` and Bun.serve.

Each part prints medians, and ratios to what is to be reached. Peers that are not there, or do not come to an end, are left out."""
import glob, os, shutil, socket, subprocess, time
from http2 import medians
import json

PARTS = ['h3-bulk', 'h3-requests', 'h3-stalled', 'h3-sibling', 'h3-link', 'h3-syscalls']
STREAMS = 64
LINK_BYTES = 100 << 20
PEER_SECONDS = '60' # that a peer may take for one thing
FAR = '10.77.0.1' # the server's end of netlab


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

    def start(self, port):
        ca = self.ca and self.ca + '127.0.0.1'
        if ca and os.path.exists(ca):
            os.unlink(ca)
        self.url, self.process = f'https://127.0.0.1:{port}', subprocess.Popen(self.command(port, '127.0.0.1'), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as s:
                if s.connect_ex(('127.0.0.1', port)) == 0 and (not ca or os.path.exists(ca) and os.path.getsize(ca)):
                    return
            time.sleep(0.05)
        raise RuntimeError(f'{self.name} does not listen')

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Lab:
    """What the parts share: the command, the origins, the peers, how to run things and how often."""

    def __init__(self, work, options, timed, root, peers):
        self.work, self.options, self.timed, self.root, self.sluice = work, options, timed, root, options.sluice
        self.bytes, self.runs = options.bytes, options.runs
        self.files = {}
        for name, size in (('bulk', self.bytes), ('medium', LINK_BYTES), ('small', 1024)):
            self.files[name] = size
            if not os.path.exists(f'{work}/{name}'):
                with open(f'{work}/{name}', 'wb') as f:
                    for at in range(0, size, 1 << 20):
                        f.write(os.urandom(min(1 << 20, size - at)))
        self.origins = [Origin('sluice', lambda port, address: [self.sluice, 'origin', '--address', address, '--port', '0', '--tls-port', str(port), '--streams', '2000',
                                                                '--certificate-out', f'{work}/origin.{address}'], f'{work}/origin.', lambda name: f'/bytes/{self.files[name]}')]
        if shutil.which('bun'):
            self.origins.append(Origin('bun', lambda port, address: ['bun', f'{root}/tests/bench/bun_origin.mjs', work, str(port), address], None, lambda name: f'/{name}'))
        else:
            print('bun: not measured, it is not on the PATH')
        self.peers = peers_in(work, root, peers)

    def ca(self, origin, address='127.0.0.1'):
        return origin.ca + address if origin.ca else f'{self.work}/cert'

    def get(self, origin, what, *more, base=None, address='127.0.0.1', version='--http3-only'):
        return [self.sluice, 'get', (base or origin.url) + origin.path(what), '-s', '-o', '/dev/null', version, '--cacert', self.ca(origin, address), *more]

    def load(self, origin, what, *more):
        done = self.timed([self.sluice, 'load', origin.url + origin.path(what), '--http3-only', '--connections', '1', '--cacert', self.ca(origin), '--stats=-', *more])[0]
        return json.loads(done.stdout.strip().splitlines()[-1])

    def peer(self, name, origin, *arguments):
        """seconds, bytes, failed, KiB of the paused"""
        out = self.timed(['timeout', PEER_SECONDS, *self.peers[name](self.ca(origin), *arguments)])[0].stdout.split()
        return float(out[0]), int(out[1]), int(out[2]), int(out[3])


def peers_in(work, root, peers):
    """name → function(certificate authority, options and operands of curl_peer) giving a command that uses one connection."""
    found, curl = {}, f'{work}/curl_h3'
    for lib in glob.glob(f'{peers}/libcurl-gnutls/usr/lib/*/libcurl-gnutls.so'):
        lib = os.path.dirname(lib)
        # By RPATH: the library's own libraries lie there too.
        made = ['c++', '-std=c++20', '-O2', f'{root}/tests/bench/curl_peer.cpp', '-o', curl, '-I', f'{peers}/libcurl-gnutls/usr/include/{os.path.basename(lib)}',
                '-L', lib, f'-Wl,--disable-new-dtags,-rpath,{lib}', '-lcurl-gnutls']
        if subprocess.run(made, capture_output=True).returncode == 0:
            print('libcurl for HTTP/3:', subprocess.run([curl, 'file:///dev/null', '1', '1'], capture_output=True, text=True).stdout.split(None, 4)[-1].strip())
            found['libcurl'] = lambda ca, *x: [curl, '--http3', '--connections', '1', *x, ca]
    if not found:
        print('libcurl for HTTP/3: not measured (deploy/dependencies --role bench)')
    if shutil.which('bun'):
        found['bun'] = lambda ca, *x: ['env', f'NODE_EXTRA_CA_CERTS={ca}', 'bun', f'{root}/tests/bench/script_peer.cjs', *x, ca]
    return found


def each_origin(lab, measures_of):
    """For each origin the medians of what `measures_of(origin)` names."""
    result = {}
    for origin in lab.origins:
        origin.start(free_port())
        try:
            result[origin.name] = measures_of(origin)
        finally:
            origin.stop()
    return result


def bulk(lab):
    size = lab.bytes / 1e6
    def measured(origin):
        commands = {'sluice': lab.get(origin, 'bulk')}
        for name, make in lab.peers.items():
            commands[name] = ['timeout', PEER_SECONDS, *make(lab.ca(origin), origin.url + origin.path('bulk'), '1', '1')]
        cpu = {name: [] for name in commands}
        def run(name, command):
            _, seconds, used = lab.timed(command)
            cpu[name].append(used / (size / 1e3))
            return size / seconds
        rates = medians(lab.runs, {name: lambda name=name, command=command: run(name, command) for name, command in commands.items()})
        rows = {name: (rate, sorted(cpu[name])[len(cpu[name]) // 2]) for name, rate in rates.items()}
        for name, (rate, used) in rows.items():
            print(f'h3 from {origin.name:6} {name:8} {rate:8.0f} MB/s  {used:5.2f} CPU s/GB')
        others = [x for name, x in rows.items() if name != 'sluice']
        if others:
            print(f'h3 from {origin.name:6} ratio    {rows["sluice"][0] / max(x[0] for x in others):8.2f} of the best rate (to reach: 1.3), {rows["sluice"][1] / min(x[1] for x in others):.2f} of the least CPU (to reach: 0.75)')
        return rows
    return {'h3 bulk': each_origin(lab, measured)}


def requests(lab):
    n = lab.options.requests
    def measured(origin):
        measures = {'sluice': lambda: lab.load(origin, 'small', '--requests', str(n), '--concurrency', str(STREAMS))['requests_per_second']}
        for peer in lab.peers:
            measures[peer] = lambda peer=peer: n / lab.peer(peer, origin, origin.url + origin.path('small'), str(n), str(STREAMS))[0]
        rows = medians(lab.runs, measures)
        for name, rate in rows.items():
            print(f'h3 small from {origin.name:6} {name:8} {rate:8.0f} a second' + ('' if name == 'sluice' else f'  (sluice: {rows["sluice"] / rate:.2f} times as many)'))
        return rows
    return {'h3 requests_per_second': each_origin(lab, measured)}


def stalled(lab):
    def measured(origin):
        result = {}
        for n in (64, 1000):
            def cost():
                x = lab.load(origin, 'bulk', '--stalled', str(n), '--hold', '1', '--no-drain')
                if x['stalled'] != n:
                    raise RuntimeError(f'{x["stalled"]} of {n} stalled')
                return (x['rss_bytes'] - x['rss_idle_bytes']) / 1024 / n
            measures = {'sluice': cost}
            for peer in lab.peers:
                measures[peer] = lambda peer=peer: lab.peer(peer, origin, '--stalled', str(n), '--sibling', origin.url + origin.path('small'), origin.url + origin.path('bulk'), '1', '1')[3] / n
            rows = medians(min(lab.runs, 3), measures)
            for name, kib in rows.items():
                print(f'h3 {n:4} stalled from {origin.name:6} {name:8} {kib:7.1f} KiB each above idle' + ('  (to reach: under 128)' if name == 'sluice' else ''))
            result[n] = rows
        return result
    return {'h3 stalled KiB each': each_origin(lab, measured)}


def sibling(lab):
    def measured(origin):
        url = stalled_url = origin.url + origin.path('bulk') # what is smaller is over before it flows evenly
        def ours(n):
            x = lab.load(origin, 'bulk', *(['--stalled', str(n), '--no-drain'] if n else []), '--sibling', url)
            return x['sibling']['bytes_per_second'] / 1e6
        def theirs(peer, n):
            seconds, size, _, _ = lab.peer(peer, origin, *(['--stalled', str(n)] if n else []), '--sibling', url, stalled_url, '1', '1')
            return size / 1e6 / seconds
        measures = {f'sluice {n}': lambda n=n: ours(n) for n in (0, 8, 64, 1000)}
        for peer in lab.peers:
            measures.update({f'{peer} {n}': lambda peer=peer, n=n: theirs(peer, n) for n in (0, 8)})
        rows = medians(lab.runs, measures)
        for name, rate in rows.items():
            who, n = name.split()
            alone = rows.get(f'{who} 0')
            print(f'h3 sibling from {origin.name:6} beside {n:>4} stalled {who:8} {rate:8.0f} MB/s' + (f'  {rate / alone:.2f} of its rate alone' if alone else '')
                  + ('  (to reach: 0.95)' if who == 'sluice' and n != '0' else ''))
        return rows
    return {'h3 sibling MB/s': each_origin(lab, measured)}


def netlab_in(lab):
    """The link program, built; nothing where this machine lets us have no link."""
    netlab, include = f'{lab.work}/netlab', f'{lab.work}/include'
    os.makedirs(include, exist_ok=True)
    if not os.path.exists(f'{include}/sluice'):
        os.symlink(lab.root, f'{include}/sluice')
    if not os.path.exists(netlab):
        subprocess.run(['c++', '-std=c++20', '-O2', f'-I{include}', *sorted(glob.glob(f'{lab.root}/tests/netlab/*.cpp')), '-o', netlab], check=True)
    return netlab if subprocess.run([netlab, '--rtt', '1', '--self-check']).returncode == 0 else None


def link(lab):
    """100 MiB over a round trip of 50 ms at 500 Mbit/s by an origin at the far end, and the same with 1 % of the packets lost each way."""
    netlab, result = netlab_in(lab), {}
    if not netlab:
        return result
    for origin in lab.origins:
        for loss in (0, 1):
            port = free_port()
            base = f'https://{FAR}:{port}'
            server = ' '.join(origin.command(port, FAR)) + ' >/dev/null'
            ca = lab.ca(origin, FAR)
            def over(command, size=lab.files['medium'], loss=loss, port=port, server=server, ca=ca, origin=origin):
                if origin.ca and os.path.exists(ca):
                    os.unlink(ca) # the server makes another
                made = [netlab, '--rtt', '50', '--rate', '500', '--loss', str(loss), '--server', server, '--port', str(port), '--']
                return size / float(lab.timed([*made, 'timeout', PEER_SECONDS, 'bash', '-c', 'until [ -s "$0" ]; do sleep 0.01; done; a=$(date +%s%N); "$@" >/dev/null && echo $((($(date +%s%N) - a) / 1000))', ca, *command])[0].stdout)
            measures = {f'sluice {version}': lambda version=version, over=over, base=base: over(lab.get(origin, 'medium', base=base, address=FAR, version=f'--{version}'))
                        for version in ('http1.1', 'http3-only')}
            for peer, make in lab.peers.items():
                measures[peer] = lambda make=make, over=over, base=base: over(make(lab.ca(origin, FAR), base + origin.path('medium'), '1', '1'))
            rows = medians(lab.runs, measures)
            for name, rate in rows.items():
                print(f'50 ms, 500 Mbit/s, {loss} % lost, from {origin.name:6} {name:17} {rate:6.1f} MB/s'
                      + (f'  {rate / rows["sluice http1.1"]:.2f} of HTTP/1.1 (to reach: 1)' if name == 'sluice http3-only' else ''))
            result[f'h3 link {loss} % {origin.name} MB/s'] = rows
    return result


def syscalls(lab):
    """System calls of the client for each GB, counted by the kernel's own tracepoint (perf), which does not slow them down."""
    if not shutil.which('perf') or subprocess.run(['perf', 'stat', '-e', 'raw_syscalls:sys_enter', 'true'], capture_output=True).returncode != 0:
        print('h3 system calls: not measured (perf, and the right to use it)')
        return {}
    def measured(origin):
        def count(command):
            told = f'{lab.work}/perf'
            lab.timed(['perf', 'stat', '-x', ',', '-o', told, '-e', 'raw_syscalls:sys_enter', *command])
            with open(told) as f:
                return next(int(line.split(',')[0]) for line in f if 'sys_enter' in line) / (lab.bytes / 1e9)
        measures = {'sluice': lambda: count(lab.get(origin, 'bulk'))}
        for name, make in lab.peers.items():
            measures[name] = lambda make=make: count(['timeout', PEER_SECONDS, *make(lab.ca(origin), origin.url + origin.path('bulk'), '1', '1')])
        rows = medians(min(lab.runs, 3), measures)
        for name, calls in rows.items():
            print(f'h3 from {origin.name:6} {name:8} {calls:9.0f} system calls a GB')
        return rows
    return {'h3 system calls a GB': each_origin(lab, measured)}


def run(lab, only):
    result = {}
    for part, measure in zip(PARTS, (bulk, requests, stalled, sibling, link, syscalls)):
        if only in (None, part):
            result.update(measure(lab))
    return result
