"""The programs that run beside sluice: where each is, its version and the TLS library it uses.

This module must not know what is measured with them."""
import glob, os, re, shutil, subprocess
from machine import libraries, output

INSTALL = 'deploy/dependencies --role bench'
TLS_LIBRARIES = ('libssl', 'libgnutls', 'libboringssl')
NODE_VERSIONS = 'const v = process.versions; console.log(`node ${v.node}, OpenSSL ${v.openssl}`)'
UNDICI_VERSION = 'console.log(`undici ${require("undici/package.json").version}`)'
BUN_VERSIONS = 'const v = process.versions; console.log(`bun ${v.bun}, BoringSSL ${v.boringssl.slice(0, 12)}`)'


class Peers:
    """What was found. `told`: name → version and TLS library, or why it is not measured. `programs`: name → path."""

    def __init__(self, work, root, cache):
        self.work, self.root, self.cache = work, root, cache
        self.told, self.programs = {}, {}
        self.find_libcurl('libcurl', 'libcurl', [], 'libcurl4-openssl-dev')
        # By RPATH: the libraries that libcurl itself needs lie beside it.
        self.find_libcurl('libcurl with HTTP/3', 'libcurl-gnutls', ['-Wl,--disable-new-dtags'], '')
        self.find('bun', lambda bun: output([bun, '-e', BUN_VERSIONS]))
        self.find('deno', lambda deno: f'{output([deno, "--version"]).split("(")[0].strip()}, rustls')
        self.find_undici()
        self.find('h2load', lambda h2load: f'{output([h2load, "--version"])}, {tls_library(h2load)}')
        self.find('curl', lambda curl: essence(output([curl, '--version'])) or 'version not known')

    def __contains__(self, name):
        return name in self.programs

    def __getitem__(self, name):
        return self.programs[name]

    def find(self, name, version):
        path = shutil.which(name)
        if path:
            self.programs[name], self.told[name] = path, version(path)
        else:
            self.told[name] = f'not measured: it is not on the PATH ({INSTALL})'

    def find_undici(self):
        """Node's client. NODE_PATH says where it lies."""
        node = shutil.which('node')
        undici = node and output([node, '-e', UNDICI_VERSION])
        if undici:
            self.programs['undici'], self.told['undici'] = node, f'{undici} on {output([node, "-e", NODE_VERSIONS])}'
        elif node:
            has = output([node, '-e', NODE_VERSIONS])
            self.told['undici'] = f'not measured: {has} has none (Node 20.18.1 or later, then {INSTALL})'
        else:
            self.told['undici'] = 'not measured: Node is not on the PATH'

    def find_libcurl(self, name, flavour, link, package):
        """Builds curl_peer.cpp with the libcurl of the cache, or of the system where there is a `package` of it."""
        program = f'{self.work}/{flavour}'
        places = glob.glob(f'{self.cache}/{flavour}/usr/lib/*/{flavour}.so')
        if not places and not package:
            self.told[name] = f'not measured: it is not in the cache ({INSTALL})'
            return
        for place in map(os.path.dirname, places):
            include = f'{self.cache}/{flavour}/usr/include/{os.path.basename(place)}'
            link = ['-I', include, '-L', place, f'-Wl,-rpath,{place}', *link]
        problem = built(self.root, program, [*link, f'-l{flavour[3:]}'])
        if problem:
            self.told[name] = f'not measured: curl_peer.cpp does not build: {problem} ({package or INSTALL})'
            return
        self.programs[name] = program
        self.told[name] = essence(output([program, 'file:///dev/null', '1', '1'])) or 'version not known'

    def show(self):
        for name, told in self.told.items():
            print(f'{name}: {told}')


def built(root, program, link):
    """Nothing, or the first line of what the compiler says."""
    try:
        done = subprocess.run(['c++', '-std=c++20', '-O2', f'{root}/tests/bench/curl_peer.cpp', '-o', program, *link],
                              capture_output=True, text=True)
    except OSError:
        return 'no c++'
    errors = [x for x in done.stderr.splitlines() if 'error' in x] or done.stderr.splitlines()
    return errors[0].rpartition('error: ')[2] if done.returncode != 0 and errors else ''


def essence(version):
    """Of what curl_version() tells: libcurl itself, TLS, HTTP/2 and HTTP/3."""
    return ' '.join(re.findall(r'(?:libcurl|\w+SSL|\w+TLS|nghttp2|ngtcp2|nghttp3)/\S+', version))


def tls_library(program):
    return next((x for x in libraries(program) if x.startswith(TLS_LIBRARIES)), 'TLS library not known')
