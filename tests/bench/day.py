"""The parts of tests/bench/compare that look like a person's day: the sluice command beside the curl command.

An address that never answers, names that are known and not known, coded bodies, and many small files at once."""
import os, random, shutil, socket, struct, subprocess, threading
from processes import Failed
from turns import Figure, in_turn, table

PARTS = ['dead-address', 'names', 'codings', 'files']
TEXT_BYTES = 128 << 20 # as decoded
FILES, AT_ONCE = 1000, 50
NAME_SECONDS = 0.02 # that the name server takes for an answer
CODERS = {'gzip': ['gzip', '-6', '-c'], 'br': ['brotli', '-q', '5', '-c'], 'zstd': ['zstd', '-3', '-q', '-c']}

FIRST_BYTE = Figure('seconds', 's to the first byte', '.3f', 'of the time')
RATE = Figure('rate', 'MB/s decoded', '.0f', 'as fast')
CPU = Figure('cpu', 'CPU s/GB', '.2f', 'of the CPU')
FILE_RATE = Figure('rate', 'files a second', '.0f', 'as many')
FILE_CPU = Figure('cpu', 'CPU us each', '.0f', 'of the CPU')
CONNECTED = [Figure('cold', 'ms to connect, name not known', '.1f'), Figure('warm', 'ms, name known', '.1f')]


class Lab:
    """What the parts share: the two commands, nginx's URLs, a directory, and how to run things and how often."""

    def __init__(self, work, plain_port, secure_port, options, run, peers):
        self.work, self.plain, self.secure, self.options, self.run = work, plain_port, secure_port, options, run
        self.commands = {'sluice': [options.sluice, 'get', '-s']}
        if 'curl' in peers:
            self.commands['curl'] = [peers['curl'], '-s']

    def in_turn(self, measure, figures, label):
        measures = {name: lambda command=command: measure(command) for name, command in self.commands.items()}
        return table(label, in_turn(self.options.runs, measures, warm_up=True), figures)


class DeadAddress:
    """A port on ::1 that drops connection attempts: its queue of connections that nobody accepts is full."""

    def __init__(self, port):
        self.listener = socket.socket(socket.AF_INET6)
        self.listener.bind(('::1', port))
        self.listener.listen(0)
        self.queued = []

    def __enter__(self):
        for _ in range(16):
            one = socket.socket(socket.AF_INET6)
            one.settimeout(0.2)
            self.queued.append(one)
            try:
                one.connect(self.listener.getsockname())
            except TimeoutError:
                return self
        raise Failed('a port of ::1 that accepts nobody still takes connections')

    def __exit__(self, *_):
        for one in [*self.queued, self.listener]:
            one.close()


class NameServer(threading.Thread):
    """Answers each question for an A record with 127.0.0.1, for a minute, and any other with nothing; slowly."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(('127.0.0.1', 0))
        self.address = '127.0.0.1:%d' % self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            question, whom = self.socket.recvfrom(512)
            threading.Timer(NAME_SECONDS, self.answer, (question, whom)).start()

    def answer(self, question, whom):
        end = question.index(0, 12) + 5 # of the name, its type and its class (RFC 1035 section 4.1.2)
        is_address = question[end - 4:end - 2] == b'\0\1'
        head = question[:2] + struct.pack('>HHHHH', 0x8180, 1, is_address, 0, 0)
        record = b'\xc0\x0c' + struct.pack('>HHIH', 1, 1, 60, 4) + bytes([127, 0, 0, 1]) if is_address else b''
        self.socket.sendto(head + question[12:end] + record, whom)


def dead_address(lab):
    url = f'http://dead.test:{lab.plain}/1k'
    told = ['--resolve', f'dead.test:{lab.plain}:[::1],127.0.0.1', '-o', '/dev/null', '-w', '%{time_starttransfer}']
    measure = lambda command: {'seconds': float(lab.run([*command, *told, url]).stdout)}
    with DeadAddress(lab.plain):
        return {'dead address': lab.in_turn(measure, [FIRST_BYTE], 'one of two addresses is dead')}


def names(lab):
    """Of sluice alone: the curl command keeps no names beyond its end, and Debian's takes no name server."""
    server, null = NameServer(), ['-o', '/dev/null', '-w', '%{time_connect}\\n']
    urls = [f'http://name.test:{lab.plain}/1k', *null, f'https://name.test:{lab.secure}/small', *null]
    def measure():
        told = lab.run([*lab.commands['sluice'], '-k', '--dns-servers', server.address, *urls]).stdout.split()
        return {'cold': float(told[0]) * 1e3, 'warm': float(told[1]) * 1e3}
    return {'names': table('names', in_turn(lab.options.runs, {'sluice': measure}, warm_up=True), CONNECTED)}


def make_text(path):
    """Lines of words, which codings make about a quarter of; no part of it repeats within a window."""
    source = random.Random(1)
    words = [''.join(source.choices('etaoinshrdlu', k=source.randint(2, 9))) for _ in range(4000)]
    half = TEXT_BYTES // 2
    with open(path, 'w') as f:
        block = ''
        while len(block) < half:
            block += ' '.join(source.choices(words, k=100000)) + '\n'
        f.write(block[:half] * 2)


def codings(lab):
    result, text = {}, f'{lab.work}/text'
    make_text(text)
    for coding, coder in CODERS.items():
        if not shutil.which(coder[0]):
            print(f'{coding}: left out: {coder[0]} is not on the PATH')
            continue
        with open(f'{lab.work}/coded.{coding}', 'wb') as f:
            subprocess.run([*coder, text], stdout=f, check=True)
        def measure(command):
            done = lab.run([*command, '--compressed', '-o', '/dev/null', '-w', '%{size_download}',
                            f'http://127.0.0.1:{lab.plain}/coded.{coding}'])
            return {'rate': TEXT_BYTES / 1e6 / done.seconds, 'cpu': done.cpu_seconds / (TEXT_BYTES / 1e9)}
        result[coding] = lab.in_turn(measure, [RATE, CPU], coding)
    return result


def files(lab):
    where = f'{lab.work}/files'
    def measure(command):
        os.mkdir(where)
        done = lab.run([*command, '-Z', '--parallel-max', str(AT_ONCE), '-o', f'{where}/#1',
                        f'http://127.0.0.1:{lab.plain}/small?[1-{FILES}]'])
        written = len(os.listdir(where))
        shutil.rmtree(where)
        if written != FILES:
            raise Failed(f'{command[0]} wrote {written} of {FILES} files')
        return {'rate': FILES / done.seconds, 'cpu': done.cpu_seconds / FILES * 1e6}
    return {'files': lab.in_turn(measure, [FILE_RATE, FILE_CPU], f'-Z of {FILES} files of 1 KiB')}


def run(lab, only):
    """Runs the parts asked for; gives the result of each once it is there."""
    for part, measure in zip(PARTS, (dead_address, names, codings, files)):
        if only in (None, part):
            yield measure(lab)
