"""Random genomes for tests: populations built straight from arrays, cyclic or not, with any functions."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from neat.core.functions import ACTIVATIONS, AGGREGATIONS
from neat.genetics.genome import Genome
from neat.genetics.population import Layout, Population
from neat.network import Networks, compile_networks
from neat.problems.protocol import Problem

EXTREMES = (0.0, -0.0, 2.0**40, -(2.0**40), 5e-324, -1e-300, 1.0, -1.0)


def random_genome(
    rng: np.random.Generator,
    layout: Layout,
    hidden: int,
    *,
    key: int = 0,
    density: float = 0.3,
    acyclic: bool = False,
    extreme: float = 0.0,
    activations: tuple[str, ...] = tuple(function.name for function in ACTIVATIONS),
    aggregations: tuple[str, ...] = tuple(aggregation.name for aggregation in AGGREGATIONS),
) -> Genome:
    """Return a genome whose possible connections each exist at `density`; one in five of them is disabled.

    Hidden ids have gaps. A share `extreme` of all numbers is drawn from `EXTREMES`.
    """

    def number(scale: float) -> float:
        return float(rng.choice(EXTREMES) if rng.random() < extreme else rng.normal() * scale)

    ids = [*range(layout.given), *(layout.given + np.cumsum(rng.integers(1, 5, hidden))).tolist()]
    rank = {node: -1 if node < layout.sources else place for place, node in enumerate(rng.permutation(ids))}
    ends = [
        (source, target)
        for source in ids
        for target in ids[layout.sources :]
        if (not acyclic or rank[source] < rank[target]) and rng.random() < density
    ]
    innovations = np.cumsum(rng.integers(1, 4, len(ends))).tolist()
    return Genome(
        layout.inputs,
        layout.outputs,
        [
            (*ends[place], number(2.0), bool(rng.random() < 0.8), innovation)
            for place, innovation in zip(rng.permutation(len(ends)), innovations, strict=True)
        ],
        [
            (node, number(1.0), number(1.0), str(rng.choice(activations)), str(rng.choice(aggregations)))
            for node in ids[layout.sources :]
        ],
        bias_node=layout.bias_node,
        max_steps=layout.max_steps,
        memory=layout.memory,
        key=key,
    )


def random_population(seed: int, size: int, layout: Layout, hidden: int, **options) -> Population:
    """Return `size` random genomes with up to `hidden` hidden nodes each, the same for the same arguments."""
    rng = np.random.default_rng(seed)
    return Population.from_genomes(
        random_genome(rng, layout, int(rng.integers(0, hidden + 1)), key=10 + 3 * place, **options)
        for place in range(size)
    )


def layouts(**fixed) -> st.SearchStrategy[Layout]:
    """Layouts of up to three inputs and outputs, run in every way; `fixed` members are not drawn."""
    drawn = {
        "inputs": st.integers(1, 3).map(lambda count: tuple(f"x{place}" for place in range(count))),
        "outputs": st.integers(1, 3).map(lambda count: tuple(f"y{place}" for place in range(count))),
        "bias_node": st.booleans(),
        "max_steps": st.sampled_from((0, 0, 1, 2, 3, 7, 40)),
        "memory": st.booleans(),
    }
    return st.builds(Layout, **{name: st.just(fixed[name]) if name in fixed else drawn[name] for name in drawn})


@st.composite
def populations(draw, size: int = 4, hidden: int = 6, layout=None, **options) -> Population:
    """Populations of `size` random genomes; `options` are those of `random_genome`, drawn if not given."""
    if layout is None:
        layout = layouts()
    options.setdefault("density", draw(st.sampled_from((0.1, 0.3, 0.6))))
    options.setdefault("acyclic", draw(st.booleans()))
    options.setdefault("extreme", draw(st.sampled_from((0.0, 0.0, 0.1))))
    return random_population(draw(st.integers(0, 2**32)), size, draw(layout), draw(st.integers(0, hidden)), **options)


def networks_of(problem: Problem, size: int, seed: int = 1, *, memory: bool = False, hidden: int = 4) -> Networks:
    """Return random networks for a problem."""
    layout = Layout(tuple(problem.inputs), tuple(problem.outputs), True, 0, memory)
    return compile_networks(random_population(seed, size, layout, hidden, density=0.5))
