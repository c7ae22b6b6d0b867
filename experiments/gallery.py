"""Draw the champions that the README shows, and the history of a run, into docs/: about a quarter of a minute.

python experiments/gallery.py
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import neat

ROOT = Path(__file__).resolve().parent.parent
CHAMPIONS = {"xor": ("xor.ini", 1), "cartpole": ("cartpole_no_velocity.ini", 7), "double-pole": ("paper/dpnv.ini", 2)}


def main() -> None:
    """Run each experiment with its seed and draw what it found."""
    for name, (config, seed) in CHAMPIONS.items():
        with TemporaryDirectory() as folder:
            run = Path(folder, name)
            result = neat.run(neat.load(ROOT / "configs" / config, [f"run.seed={seed}"]), out=run)
            if name == "xor":
                with neat.History(run) as history:
                    (ROOT / "docs" / "history-xor.svg").write_bytes(neat.report.picture_of(history, "svg"))
        file = neat.export.write(result.champion, ROOT / "docs" / f"champion-{name}.svg")
        print(f"{file.relative_to(ROOT)}: {result.champion!r}, solved: {result.solved}")


if __name__ == "__main__":
    main()
