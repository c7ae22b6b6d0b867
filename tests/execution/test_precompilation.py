"""Kernels compiled ahead by a second process are found by the first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CODE = """
import subprocess, sys
from neat.config import Config
from neat.execution import precompilation as warming
kept = subprocess.Popen
children = []
subprocess.Popen = lambda *a, **k: children.append(kept(*a, **k)) or children[-1]
warming.available_threads = lambda: 2
assert warming.start_compiling(Config(genome={"bias": "attribute"}, mutation={"delete_node": 0.1}))
(child,) = children
assert child.wait(300) == 0
from neat.genetics import crossover_kernels, mutation_kernels, reproduction_kernels
import numpy as np
from neat.execution.precompilation import breed
breed(Config(genome={"bias": "attribute"}, mutation={"delete_node": 0.1}))
for kernel in (
    crossover_kernels.cross, mutation_kernels.insert, mutation_kernels.mutate_numbers, mutation_kernels.mark_deletions,
    reproduction_kernels.rank_best, reproduction_kernels.draw_parents,
):
    assert kernel.stats.cache_hits and not kernel.stats.cache_misses, kernel
"""


def test_what_a_second_process_compiles_is_loaded(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_DISABLE_JIT": "0"}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
