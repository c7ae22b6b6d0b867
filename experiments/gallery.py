"""Draw the champions that the README shows, into docs/: a few seconds.

python experiments/gallery.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import neat
from neat.export.drawing import draw_genome

ROOT = Path(__file__).resolve().parent.parent
CHAMPIONS = {"xor": ("configs/xor.ini", 1), "cartpole": ("configs/cartpole.ini", 1)}


def main() -> None:
    """Run each experiment with its seed and draw what it found."""
    matplotlib.rcParams["svg.hashsalt"] = "neat"
    for name, (config, seed) in CHAMPIONS.items():
        result = neat.run(neat.load(ROOT / config, [f"run.seed={seed}"]))
        axes = draw_genome(result.champion)
        file = ROOT / "docs" / f"champion-{name}.svg"
        axes.figure.savefig(file, metadata={"Date": None})
        print(f"{file.relative_to(ROOT)}: {result.champion!r}, solved: {result.solved}")


if __name__ == "__main__":
    main()
