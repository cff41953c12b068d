"""The HTTP/2 parts of tests/bench/compare: sluice beside libcurl, h2load, Bun and undici, against nginx over TLS.

Each part prints medians, and ratios to what is to be reached. Peers that are not there are left out."""
import json, os
import netlab
from turns import Figure, in_turn, table

PARTS = ['h2-bulk', 'h2-requests', 'h2-stalled', 'h2-sibling', 'h2-credits', 'h2-link']
STREAMS = 64
LINK_BYTES = 100 << 20

RATE = Figure('rate', 'MB/s', '.0f', 'as fast')
LINK_RATE = Figure('rate', 'MB/s', '.1f', 'as fast')
REQUESTS = Figure('rate', 'a second', '.0f', 'as many')
CREDITS = [Figure('sent', 'sent', '.0f'), Figure('handled', 'handled', '.0f'),
           Figure('folded', 'handled for each sent', '.3f'), Figure('per_megabyte', 'messages per MB', '.1f')]
MEMORY = Figure('memory', 'KiB each above idle', '.1f', 'of the memory')

FETCH_BUN = '''const url = process.argv[2]; let bytes = 0;
const r = await fetch(url, {protocol: "http2"}); for await (const c of r.body) bytes += c.length; console.log(bytes);'''


class Lab:
    """What the parts share: the command, the origin's URL, its certificate, how to run things and how often."""

    def __init__(self, work, secure, options, run, root, programs):
        self.work, self.url, self.options, self.run, self.root = work, secure, options, run, root
        self.ca, self.sluice, self.programs = f'{work}/cert', options.sluice, programs
        self.readers = os.path.join(os.path.dirname(self.sluice), 'readers')
        self.peers = {} # name → function(options and operands of curl_peer) giving a command that uses one connection
        if 'libcurl' in programs:
            self.peers['libcurl'] = lambda *x: [programs['libcurl'], '--http2', '--connections', '1', *x]
        if 'undici' in programs:
            self.peers['undici'] = lambda *x: [programs['undici'], f'{root}/tests/bench/script_peer.cjs', *x]

    def load(self, *arguments):
        """The figures of `sluice load` over one connection."""
        command = [self.sluice, 'load', *arguments, '--connections', '1', '--cacert', self.ca, '--http2', '--stats=-']
        return json.loads(self.run(command).stdout.strip().splitlines()[-1])

    def peer_figures(self, name, *arguments):
        """seconds, bytes, failed, KiB of the paused"""
        out = self.run(self.peers[name](*arguments, self.ca)).stdout.split()
        return float(out[0]), int(out[1]), int(out[2]), int(out[3])

    def script(self, name, text):
        path = f'{self.work}/{name}'
        with open(path, 'w') as f:
            f.write(text)
        return path


def memory_each(told, n):
    """What each of n stalled readers holds, from the figures of `sluice load`."""
    if told['stalled'] != n:
        raise ValueError(f'{told["stalled"]} of {n} stalled')
    return {'memory': (told['rss_bytes'] - told['rss_idle_bytes']) / 1024 / n}


def bulk(lab):
    url = f'{lab.url}/bulk'
    commands = {'sluice': [lab.sluice, 'get', url, '-s', '-o', '/dev/null', '--http2', '--cacert', lab.ca]}
    commands.update({name: make(url, '1', '1', lab.ca) for name, make in lab.peers.items()})
    if 'bun' in lab.programs:
        trust = f'NODE_EXTRA_CA_CERTS={lab.ca}'
        commands['bun'] = ['env', trust, lab.programs['bun'], lab.script('h2_bun.mjs', FETCH_BUN), url]
    measure = lambda command: {'rate': lab.options.bytes / 1e6 / lab.run(command).seconds}
    measures = {name: lambda command=command: measure(command) for name, command in commands.items()}
    return {'h2 TLS': table('h2 TLS', in_turn(lab.options.runs, measures), [RATE])}


def h2load(lab, url):
    command = [lab.programs['h2load'], '-n', str(lab.options.requests), '-c', '1', '-m', str(STREAMS), url]
    return float(lab.run(command).stdout.split(' req/s')[0].split()[-1])


def requests(lab):
    n, url = lab.options.requests, f'{lab.url}/small'
    ours = lambda: lab.load(url, '--requests', str(n), '--concurrency', str(STREAMS))['requests_per_second']
    measures = {'sluice': lambda: {'rate': ours()}}
    for peer in lab.peers:
        measures[peer] = lambda peer=peer: {'rate': n / lab.peer_figures(peer, url, str(n), str(STREAMS))[0]}
    if 'h2load' in lab.programs:
        measures['h2load'] = lambda: {'rate': h2load(lab, url)}
    rounds = in_turn(lab.options.runs, measures)
    return {'h2 requests': table('h2 small', rounds, [REQUESTS], aim='2.0x of libcurl, 0.6x of h2load')}


def stalled(lab):
    result, url = {}, f'{lab.url}/bulk'
    for n in (64, 1000):
        options = ['--stalled', str(n)]
        def theirs(peer):
            return {'memory': lab.peer_figures(peer, *options, '--sibling', f'{lab.url}/small', url, '1', '1')[3] / n}
        measures = {'sluice': lambda: memory_each(lab.load(url, *options, '--hold', '1', '--no-drain'), n)}
        measures.update({peer: lambda peer=peer: theirs(peer) for peer in lab.peers})
        label, rounds = f'h2 {n} stalled', in_turn(min(lab.options.runs, 3), measures)
        result[label] = table(label, rounds, [MEMORY], aim='under 128 KiB')
    return result


def alone_of(name):
    """The pair of a sibling beside stalled readers: its rate over that of the same client's without any."""
    who, _, count = name.rpartition(' beside ')
    return None if count == '0' else (name, f'{who} beside 0', 'of its rate alone')


def sibling(lab):
    url = f'{lab.url}/bulk'
    def ours(n):
        told = lab.load(url, *(['--stalled', str(n), '--no-drain'] if n else []), '--sibling', url)
        return {'rate': told['sibling']['bytes_per_second'] / 1e6}
    def theirs(peer, n):
        options = ['--stalled', str(n)] if n else []
        seconds, size, _, _ = lab.peer_figures(peer, *options, '--sibling', url, url, '1', '1')
        return {'rate': size / 1e6 / seconds}
    measures = {f'sluice beside {n}': lambda n=n: ours(n) for n in (0, 8, 64, 120, 1000)}
    # Beside more, libcurl takes minutes, and undici gives up by itself.
    for peer, counts in (('libcurl', (0, 8)), ('undici', (0, 8, 64, 120))):
        if peer in lab.peers:
            measures.update({f'{peer} beside {n}': lambda peer=peer, n=n: theirs(peer, n) for n in counts})
    rounds = in_turn(lab.options.runs, measures)
    return {'h2 sibling': table('h2 sibling', rounds, [RATE], alone_of, aim='0.95x of the rate alone')}


def credit_figures(sent, handled, consumed_bytes):
    return {'sent': sent, 'handled': handled, 'folded': handled / max(sent, 1),
            'per_megabyte': handled / (consumed_bytes / 1e6)}


def credits_on_loop(lab):
    command = [lab.sluice, 'get', f'{lab.url}/bulk', '-s', '-o', '/dev/null', '--read-size', '4096']
    done = lab.run([*command, '--cacert', lab.ca, '--http2', '--stats'])
    told = json.loads(done.stderr.strip().splitlines()[-1])
    return credit_figures(told['credits_sent'], told['credits_handled'], told['consumed_bytes'])


def credits_off_loop(lab, how, n, each):
    done = lab.run([lab.readers, how, str(n), '4096', str(each), f'{lab.url}/bulk', lab.ca])
    _, size, sent, handled, _ = map(float, done.stdout.split())
    return credit_figures(sent, handled, size)


def credits(lab):
    """Tight loops of small reads: how many credits are sent, and how many messages the connection handles for them.
    A reader on the loop takes turns with the connection; credits fold where consumers run beside the loop."""
    measures = {'sluice, 1 reader on the loop': lambda: credits_on_loop(lab)}
    if not os.path.exists(lab.readers):
        print('h2 credits off the loop: not measured (cmake --preset release -DSLUICE_BENCH=ON, and build it)')
    else:
        for how, name in (('thread', 'blocking facade'), ('actor', 'scheduled actors')):
            for n, each in ((1, 64 << 20), (8, 16 << 20), (64, 4 << 20)):
                off_loop = lambda how=how, n=n, each=each: credits_off_loop(lab, how, n, each)
                measures[f'sluice, {n} by {name}'] = off_loop
    return {'h2 credits': table('h2 credits', in_turn(lab.options.runs, measures), CREDITS, lambda name: None)}


def link_config(lab):
    """nginx's configuration with all addresses, for the far end."""
    config = f'{lab.work}/link.conf'
    with open(f'{lab.work}/nginx.conf') as f:
        text = f.read()
    with open(config, 'w') as f:
        f.write(text.replace('127.0.0.1:', '').replace(f'{lab.work}/pid', f'{lab.work}/link.pid'))
    return config


def link(lab):
    """100 MiB over a round trip of 50 ms at 500 Mbit/s, by an origin of its own at the far end."""
    program, port = netlab.built(lab.work, lab.root), lab.url.rsplit(':', 1)[1]
    if not program:
        return {}
    netlab.write_file(f'{lab.work}/far', LINK_BYTES)
    server = f'{lab.programs["nginx"]} -c {link_config(lab)} -e {lab.work}/error.log'
    start = [program, '--rtt', '50', '--rate', '500', '--server', server, '--port', port, '--']
    far, trust = f'https://{netlab.FAR}:{port}/far', ['--cacert', lab.ca]
    def over(command):
        return {'rate': LINK_BYTES / 1e6 / netlab.seconds(lab.run([*start, *netlab.timed(lab.ca, command)]))}
    clients, measures = {'sluice': [lab.sluice, 'get']}, {}
    if 'curl' in lab.programs:
        clients['curl'] = [lab.programs['curl']]
    for version in ('http1.1', 'http2'):
        for name, client in clients.items():
            command = [*client, far, '-s', '-o', '/dev/null', f'--{version}', *trust]
            measures[f'{name} {version}'] = lambda command=command: over(command)
    pair_of = lambda name: (name.replace('curl', 'sluice'), name, 'sluice') if name.startswith('curl') else None
    return {'link': table('50 ms, 500 Mbit/s', in_turn(lab.options.runs, measures), [LINK_RATE], pair_of)}


def run(lab, only):
    """Runs the parts asked for; gives the result of each once it is there."""
    for part, measure in zip(PARTS, (bulk, requests, stalled, sibling, credits, link)):
        if only in (None, part):
            yield measure(lab)
