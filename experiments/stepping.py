"""The time of a step: how fast each backend steps the environments of Gymnasium, networks included, on one core.

Prints a Markdown table of microseconds for a step of one genome. A backend plays the episodes of a population of random
networks, three each; the time is the best of several, divided by the number of steps. Populations are large where
environments are stepped together. All of it takes about two minutes.

    python experiments/stepping.py [ENVIRONMENT ...]
"""

from __future__ import annotations

import argparse
import time

import neat

ENVIRONMENTS = (
    "CartPole-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Acrobot-v1", "Pendulum-v1", "LunarLander-v3",
    "BipedalWalker-v3", "Hopper-v5",
)  # fmt: skip
BACKENDS = ("compiled", "envpool", "vector", "plain")
GENOMES = {"compiled": 300, "envpool": 300, "vector": 60, "plain": 20}
SECONDS = 3.0  # for each number


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("environments", nargs="*", default=ENVIRONMENTS, metavar="ENVIRONMENT")
    options = parser.parse_args()
    print(f"| environment | {' | '.join(f'`{name}`' for name in BACKENDS)} | plain / compiled |")
    print("|---" * (len(BACKENDS) + 2) + "|")
    for environment in options.environments:
        times = {name: microseconds(environment, name) for name in BACKENDS}
        cells = [shown(times[name]) for name in BACKENDS]
        compiled, plain = times["compiled"], times["plain"]
        assert plain is not None
        ratio = "-" if compiled is None else f"{plain / compiled:.0f}"
        print(f"| {environment} | {' | '.join(cells)} | {ratio} |", flush=True)


def shown(value: float | None) -> str:
    """Return a time with two digits, or a dash for none."""
    if value is None:
        return "-"
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def microseconds(environment: str, backend: str) -> float | None:
    """Return the best time of a step, or None if the environment cannot be stepped so."""
    try:
        problem = neat.Gymnasium(environment, backend=backend, scaling="bounds")
    except neat.NeatError:
        return None
    config = neat.Config(run={"seed": 1}, population={"size": GENOMES[backend]})
    networks = neat.compile(neat.initialize(config, problem).population)
    seeds, best = [2, 4, 6], float("inf")
    problem.play(networks[:2], seeds, threads=1)  # compiles
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        begin = time.perf_counter()
        played = problem.play(networks, seeds, threads=1)
        best = min(best, (time.perf_counter() - begin) / played.steps.sum())
    return best * 1e6


if __name__ == "__main__":
    main()
