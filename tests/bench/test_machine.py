"""Tests of machine.py: python3 tests/bench/test_machine.py"""
import sys, unittest

sys.dont_write_bytecode = True
import machine

ONE = 'processor\t: {}\nmodel name\t: Some CPU\nphysical id\t: 0\ncore id\t\t: {}\nflags\t\t: avx2 vaes\n\n'
X86 = ''.join(ONE.format(i, i // 2) for i in range(4))
ARM = 'processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\nFeatures\t: aes pmull\n'
LINKED = ['libz.so.1', 'libIPSec_MB.so.1']


class processor(unittest.TestCase):
    def test_threads_of_one_core_are_one_core(self):
        told = machine.processor(X86, 'x86_64')
        self.assertEqual((told['model'], told['cores'], told['logical']), ('Some CPU', 2, 4))
        self.assertEqual(told['flags'], ['avx2', 'vaes'])

    def test_without_a_model_name_has_its_part_number(self):
        self.assertEqual(machine.processor(ARM, 'aarch64')['model'], 'aarch64 CPU implementer 0x41 CPU part 0xd0c')

    def test_without_cpuinfo_has_its_architecture(self):
        self.assertEqual(machine.processor('', 'riscv64'), {'model': 'riscv64', 'cores': 0, 'logical': 0, 'flags': []})


class choice_of_aes_gcm(unittest.TestCase):
    def test_is_the_one_of_the_patch(self):
        for flags, linked, wish, told in (
                (machine.WIDE, LINKED, None, 'intel-ipsec-mb once a key has protected 16 MiB'),
                (machine.WIDE, LINKED, '2', 'intel-ipsec-mb once a key has protected 16 MiB'),
                (machine.WIDE, LINKED, '1', "intel-ipsec-mb from a key's first byte on"),
                (machine.WIDE, LINKED, '0', "wolfSSL's own: SLUICE_WIDE_AES=0"),
                (['avx2'], LINKED, '1', "wolfSSL's own: this processor has no AVX-512"),
                (machine.WIDE, ['libz.so.1'], '1', "wolfSSL's own: sluice was built without"),
                (machine.WIDE, [], None, 'unknown')):
            with self.subTest(flags=flags, linked=linked, wish=wish):
                self.assertTrue(machine.aes_gcm(flags, linked, wish).startswith(told))


if __name__ == '__main__':
    unittest.main()
