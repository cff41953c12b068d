"""What this machine is: processor, caches, the instructions that matter, and the AES-GCM that sluice uses on it.

Reads only what the kernel and the dynamic linker tell. Texts are arguments where a test would want others."""
import glob, os, platform, re, subprocess

INSTRUCTIONS = ['avx2', 'avx512f', 'vaes', 'vpclmulqdq']
# What intel-ipsec-mb needs for its AVX-512 code; with less the patch does not take it (decision 0012).
WIDE = ['avx512f', 'avx512dq', 'avx512cd', 'avx512bw', 'avx512vl']


def output(command):
    """Standard output and error of a command that only tells something; empty where there is no such command."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=15)
    except (OSError, subprocess.TimeoutExpired):
        return ''
    return done.stdout.strip() if done.returncode == 0 else ''


def libraries(program):
    """File names of the shared libraries that a program is linked with, or nothing."""
    return re.findall(r'^\s*(\S+\.so[.\d]*)', output(['ldd', program]), re.MULTILINE)


def read(path):
    try:
        with open(path) as f:
            return f.read()
    except OSError:
        return ''


def processor(cpuinfo, architecture):
    """Model, cores, logical processors and flags, from the text of /proc/cpuinfo."""
    field = re.compile(r'^([^\t\n:]+)[ \t]*:[ \t]*(.*)$', re.MULTILINE)
    blocks = [dict(field.findall(block)) for block in cpuinfo.strip().split('\n\n')]
    logical = [x for x in blocks if 'processor' in x]
    first = logical[0] if logical else {}
    cores = {(x.get('physical id'), x.get('core id', x['processor'])) for x in logical}
    part = ' '.join(f'{x} {first[x]}' for x in ('CPU implementer', 'CPU part') if x in first) # AArch64 has no names
    model = first.get('model name') or f'{architecture} {part}'.strip()
    return {'model': model, 'cores': len(cores), 'logical': len(logical),
            'flags': first.get('flags', first.get('Features', '')).split()}


def caches():
    """Sizes by name (L1d, L2, L3) and who tells them: sysfs, or what getconf has from the processor."""
    found = {}
    for index in glob.glob('/sys/devices/system/cpu/cpu0/cache/index*'):
        level, kind, size = (read(f'{index}/{x}').strip() for x in ('level', 'type', 'size'))
        if kind in ('Data', 'Unified') and size:
            found[f'L{level}' + 'd' * (level == '1')] = f'{size[:-1]} KiB' if size.endswith('K') else size
    if found:
        return dict(sorted(found.items())), 'sysfs'
    for name, variable in (('L1d', 'LEVEL1_DCACHE_SIZE'), ('L2', 'LEVEL2_CACHE_SIZE'), ('L3', 'LEVEL3_CACHE_SIZE')):
        size = output(['getconf', variable])
        if size.isdigit() and int(size) > 0:
            found[name] = f'{int(size) >> 10} KiB'
    return found, 'getconf, since sysfs has none' if found else 'unknown'


def aes_gcm(flags, linked, wish):
    """Which AES-GCM sluice uses, as the patch of wolfSSL chooses it (docs/decisions/0012-wide-aes-gcm.md).
    `linked`: names of the libraries of its executable; `wish`: SLUICE_WIDE_AES or None."""
    if not linked:
        return 'unknown: the libraries of the executable cannot be read'
    if not any(x.startswith('libIPSec_MB') for x in linked):
        return "wolfSSL's own: sluice was built without intel-ipsec-mb"
    if not all(x in flags for x in WIDE):
        return "wolfSSL's own: this processor has no AVX-512"
    if wish == '0':
        return "wolfSSL's own: SLUICE_WIDE_AES=0"
    if wish == '1':
        return "intel-ipsec-mb from a key's first byte on: SLUICE_WIDE_AES=1"
    return "intel-ipsec-mb once a key has protected 16 MiB, wolfSSL's own before"


def describe(sluice):
    """All of it, as it is written to the JSON file."""
    cpu, (sizes, source) = processor(read('/proc/cpuinfo'), platform.machine()), caches()
    wish = os.environ.get('SLUICE_WIDE_AES')
    return {'processor': cpu['model'], 'cores': cpu['cores'], 'logical processors': cpu['logical'],
            'usable processors': len(os.sched_getaffinity(0)), 'caches': sizes, 'caches told by': source,
            'instructions': {x: x in cpu['flags'] for x in INSTRUCTIONS},
            'AES-GCM': aes_gcm(cpu['flags'], libraries(sluice), wish), 'SLUICE_WIDE_AES': wish}


def show(told):
    wish = told['SLUICE_WIDE_AES']
    print(f'processor: {told["processor"]}, {told["cores"]} cores, {told["logical processors"]} logical processors'
          f' ({told["usable processors"]} usable)')
    sizes = ', '.join(f'{name} {size}' for name, size in told['caches'].items())
    print(f'caches: {sizes or "sizes"} ({told["caches told by"]})')
    words = [f'{name} {"yes" if there else "no"}' for name, there in told['instructions'].items()]
    print(f'instructions: {", ".join(words)}')
    print(f'AES-GCM of sluice: {told["AES-GCM"]} (SLUICE_WIDE_AES {"is not set" if wish is None else f"= {wish}"})')
