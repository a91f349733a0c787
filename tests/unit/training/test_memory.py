"""Memory that is freed and needed again."""

import subprocess
import sys
from textwrap import dedent

import pytest

from support.checkout import REPOSITORY

FAULTS_OF_TEN = """
    import resource, torch
    from protlang.training.memory import keep_freed_memory

    {prepare}
    def faults():
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

    for _ in range(30):  # until the heap holds room for one
        torch.zeros(2**24)
    before = faults()
    for _ in range(10):
        torch.zeros(2**24)
    print(faults() - before)
"""
"""Faults of ten tensors of 64 MiB, one after the other."""


def faults(prepare: str) -> int:
    script = dedent(FAULTS_OF_TEN).format(prepare=prepare)
    command = [sys.executable, "-c", script]
    scripts = REPOSITORY / "workflow" / "scripts"
    found = subprocess.run(command, cwd=scripts, check=True, capture_output=True)
    return int(found.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="concerns glibc")
def test_memory_is_not_mapped_again() -> None:
    assert faults("keep_freed_memory()") * 10 < faults("")
