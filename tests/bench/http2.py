"""The HTTP/2 parts of tests/bench/compare: sluice beside libcurl, h2load, Bun and Node's undici, against nginx over TLS.

Each part prints medians, and ratios to what is to be reached. Peers that are not there are left out."""
import json, os, shutil, statistics, subprocess

PARTS = ['h2-bulk', 'h2-requests', 'h2-stalled', 'h2-sibling', 'h2-credits', 'h2-link']
STREAMS = 64
LINK_BYTES = 100 << 20

FETCH_BUN = '''const url = process.argv[2]; let bytes = 0;
const r = await fetch(url, {protocol: "http2"}); for await (const c of r.body) bytes += c.length; console.log(bytes);'''
class Lab:
    """What the parts share: the command, the origin's URL, its certificate, how to run things and how often."""

    def __init__(self, work, secure, options, timed, root):
        self.work, self.url, self.options, self.timed, self.root = work, secure, options, timed, root
        self.ca, self.sluice = f'{work}/cert', options.sluice
        self.peers = peers_in(work, root)

    def sluice_json(self, *arguments, error=False):
        done = self.timed([self.sluice, *arguments, '--cacert', self.ca, '--http2', '--stats' if error else '--stats=-'])[0]
        return json.loads((done.stderr if error else done.stdout).strip().splitlines()[-1])

    def peer_figures(self, name, *arguments):
        """seconds, bytes, failed, KiB of the paused"""
        out = self.timed(self.peers[name](*arguments, self.ca))[0].stdout.split()
        return float(out[0]), int(out[1]), int(out[2]), int(out[3])

    def script(self, name, text):
        path = f'{self.work}/{name}'
        with open(path, 'w') as f:
            f.write(text)
        return path


def peers_in(work, root):
    """name → function(options and operands of curl_peer) giving a command that uses one connection."""
    found, curl, undici = {}, f'{work}/curl_peer', f'{root}/tests/bench/script_peer.cjs'
    if os.path.exists(curl):
        found['libcurl'] = lambda *x: [curl, '--http2', '--connections', '1', *x]
    asked = shutil.which('node') and subprocess.run(['node', '-p', 'require("undici/package.json").version + " on Node " + process.versions.node'], capture_output=True, text=True)
    if asked and asked.returncode == 0:
        print('undici:', asked.stdout.strip())
        found['undici'] = lambda *x: ['node', undici, *x]
    else:
        print('undici: not measured, ' + ('this Node has none (Node 20.18.1 or later, then deploy/dependencies --role bench)' if asked else 'Node is not on the PATH'))
    return found


def medians(runs, measures):
    """name → median of what its function returns; the functions take turns, since the machine's mood changes."""
    samples = {name: [] for name in measures}
    for _ in range(runs):
        for name, measure in list(measures.items()):
            try:
                samples[name].append(measure())
            except (RuntimeError, ValueError, IndexError, subprocess.TimeoutExpired) as problem:
                if name.startswith('sluice'):
                    raise
                print(f'{name}: left out, it failed: {problem}')
                del measures[name]
    return {name: statistics.median(xs) for name, xs in samples.items() if name in measures and xs}


def bulk(lab):
    commands = {'sluice': [lab.sluice, 'get', f'{lab.url}/bulk', '-s', '-o', '/dev/null', '--http2', '--cacert', lab.ca]}
    commands.update({name: make(f'{lab.url}/bulk', '1', '1', lab.ca) for name, make in lab.peers.items()})
    if shutil.which('bun'):
        commands['bun'] = ['env', f'NODE_EXTRA_CA_CERTS={lab.ca}', 'bun', lab.script('h2_bun.mjs', FETCH_BUN), f'{lab.url}/bulk']
    size = lab.options.bytes / 1e6
    rows = medians(lab.options.runs, {name: lambda command=command: size / lab.timed(command)[1] for name, command in commands.items()})
    for name, rate in rows.items():
        print(f'h2 TLS    {name:8} {rate:8.0f} MB/s' + ('' if name == 'sluice' else f'  (sluice: {rows["sluice"] / rate:.2f} times as fast)'))
    return {'h2 TLS MB/s': rows}


def requests(lab):
    n, url = lab.options.requests, f'{lab.url}/small'
    measures = {'sluice': lambda: lab.sluice_json('load', url, '--requests', str(n), '--concurrency', str(STREAMS), '--connections', '1')['requests_per_second']}
    for peer in lab.peers:
        measures[peer] = lambda peer=peer: n / lab.peer_figures(peer, url, str(n), str(STREAMS))[0]
    if shutil.which('h2load'):
        def h2load():
            out = lab.timed(['h2load', '-n', str(n), '-c', '1', '-m', str(STREAMS), url])[0].stdout
            return float(out.split(' req/s')[0].split()[-1])
        measures['h2load'] = h2load
    else:
        print('h2load: not measured, it is not on the PATH (nghttp2-client)')
    rows = medians(lab.options.runs, measures)
    reach = {'libcurl': 2.0, 'h2load': 0.6}
    for name, rate in rows.items():
        print(f'h2 small  {name:8} {rate:8.0f} a second' + (f'  (sluice: {rows["sluice"] / rate:.2f} times as many, to reach: {reach[name]})' if name in reach else ''))
    return {'h2 requests_per_second': rows}


def stalled(lab):
    result = {}
    for n in (64, 1000):
        def cost():
            x = lab.sluice_json('load', f'{lab.url}/bulk', '--stalled', str(n), '--hold', '1', '--no-drain', '--connections', '1')
            if x['stalled'] != n:
                raise RuntimeError(f'{x["stalled"]} of {n} stalled')
            return (x['rss_bytes'] - x['rss_idle_bytes']) / 1024 / n
        measures = {'sluice': cost}
        for peer in lab.peers:
            measures[peer] = lambda peer=peer: lab.peer_figures(peer, '--stalled', str(n), '--sibling', f'{lab.url}/small', f'{lab.url}/bulk', '1', '1')[3] / n
        rows = medians(min(lab.options.runs, 3), measures)
        for name, kib in rows.items():
            print(f'h2 {n:4} stalled {name:8} {kib:7.1f} KiB each above idle' + ('  (to reach: under 128)' if name == 'sluice' else ''))
        result[f'h2 {n} stalled KiB each'] = rows
    return result


def sibling(lab):
    result, url = {}, f'{lab.url}/bulk'
    def ours(n):
        x = lab.sluice_json('load', url, *(['--stalled', str(n), '--no-drain'] if n else []), '--sibling', url, '--connections', '1')
        return x['sibling']['bytes_per_second'] / 1e6
    def theirs(peer, n):
        seconds, size, _, _ = lab.peer_figures(peer, *(['--stalled', str(n)] if n else []), '--sibling', url, url, '1', '1')
        return size / 1e6 / seconds
    measures = {f'sluice {n}': lambda n=n: ours(n) for n in (0, 8, 64, 120, 1000)}
    for peer, counts in (('libcurl', (0, 8)), ('undici', (0, 8, 64, 120))): # more take libcurl minutes; undici gives up by itself
        if peer in lab.peers:
            measures.update({f'{peer} {n}': lambda peer=peer, n=n: theirs(peer, n) for n in counts})
    rows = medians(lab.options.runs, measures)
    for name, rate in rows.items():
        who, n = name.split()
        print(f'h2 sibling beside {n:>4} stalled {who:8} {rate:8.0f} MB/s  {rate / rows[f"{who} 0"]:.2f} of its rate alone' + ('  (to reach: 0.95)' if who == 'sluice' and n != '0' else ''))
        result[name] = rate
    return {'h2 sibling MB/s': result}


def credits(lab):
    """Tight loops of small reads: how many credits are sent, and how many messages the connection handles for them. A
    reader on the loop takes turns with the connection, one for one; credits fold where consumers run beside the loop."""
    result = {}
    def tell(who, sent, handled, consumed):
        print(f'h2 credits {who:34} {sent:8} sent, {handled:8} handled ({handled / max(sent, 1):.3f}), {handled / (consumed / 1e6):6.1f} messages per MB')
        result[who] = [sent, handled, consumed]
    x = lab.sluice_json('get', f'{lab.url}/bulk', '-s', '-o', '/dev/null', '--read-size', '4096', error=True)
    tell('1 reader on the loop', x['credits_sent'], x['credits_handled'], x['consumed_bytes'])
    readers = os.path.join(os.path.dirname(lab.sluice), 'readers')
    if not os.path.exists(readers):
        print('h2 credits off the loop: not measured (cmake --preset release -DSLUICE_BENCH=ON, and build it)')
        return {'h2 credits': result}
    for how, name in (('thread', 'blocking facade'), ('actor', 'scheduled actors')):
        for n, each in ((1, 64 << 20), (8, 16 << 20), (64, 4 << 20)):
            runs = [lab.timed([readers, how, str(n), '4096', str(each), f'{lab.url}/bulk', lab.ca])[0].stdout.split() for _ in range(lab.options.runs)]
            runs.sort(key=lambda x: int(x[3]) / int(x[2]))
            _, size, sent, handled, _ = (float(x) for x in runs[len(runs) // 2])
            tell(f'{n} by {name}', int(sent), int(handled), int(size))
    return {'h2 credits': result}


def link(lab):
    """100 MiB over a round trip of 50 ms at 500 Mbit/s, by an origin of its own at the far end."""
    netlab, config = f'{lab.work}/netlab', f'{lab.work}/link.conf'
    os.makedirs(f'{lab.work}/include', exist_ok=True)
    if not os.path.exists(f'{lab.work}/include/sluice'):
        os.symlink(lab.root, f'{lab.work}/include/sluice')
    folder = f'{lab.root}/tests/netlab'
    sources = [f'{folder}/{x}' for x in sorted(os.listdir(folder)) if x.endswith('.cpp')]
    subprocess.run(['c++', '-std=c++20', '-O2', f'-I{lab.work}/include', *sources, '-o', netlab], check=True)
    with open(f'{lab.work}/nginx.conf') as f:
        text = f.read()
    port = lab.url.rsplit(':', 1)[1]
    with open(config, 'w') as f:
        f.write(text.replace('127.0.0.1:', '').replace(f'{lab.work}/pid', f'{lab.work}/link.pid'))
    with open(f'{lab.work}/far', 'wb') as f:
        for _ in range(LINK_BYTES >> 20):
            f.write(os.urandom(1 << 20))
    nginx = shutil.which('nginx') or '/usr/sbin/nginx'
    far = f'https://10.77.0.1:{port}/far'
    def over(command):
        made = [netlab, '--rtt', '50', '--rate', '500', '--server', f'{nginx} -c {config} -e {lab.work}/error.log', '--port', port, '--']
        return LINK_BYTES / 1e6 / float(lab.timed([*made, 'bash', '-c', 'a=$(date +%s%N); "$@" >/dev/null && echo $((($(date +%s%N) - a) / 1000))', 'x', *command])[0].stdout) * 1e6
    if subprocess.run([netlab, '--rtt', '1', '--self-check']).returncode == 77:
        return {}
    measures = {}
    for version in ('http1.1', 'http2'):
        measures[f'sluice {version}'] = lambda v=version: over([lab.sluice, 'get', far, '-s', '-o', '/dev/null', f'--{v}', '--cacert', lab.ca])
        if shutil.which('curl'):
            measures[f'curl {version}'] = lambda v=version: over(['curl', '-s', '-o', '/dev/null', f'--{v}', '--cacert', lab.ca, far])
    rows = medians(lab.options.runs, measures)
    for name, rate in rows.items():
        print(f'50 ms, 500 Mbit/s  {name:15} {rate:6.1f} MB/s')
    return {'link MB/s': rows}


def run(lab, only):
    result = {}
    for part, measure in zip(PARTS, (bulk, requests, stalled, sibling, credits, link)):
        if only in (None, part):
            result.update(measure(lab))
    return result
