"""Learning by gradients: back-propagation through evolved networks, alone or inside evolution.

Names come on first use, because reading a configuration needs only its section [learning].
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neat.learning.gradient import Gradients as Gradients
    from neat.learning.gradient import gradients as gradients
    from neat.learning.layered import layered_genome as layered_genome
    from neat.learning.losses import LOSSES as LOSSES
    from neat.learning.training import Epoch as Epoch
    from neat.learning.training import Training as Training
    from neat.learning.training import train as train

_HOMES = {
    "Epoch": "training",
    "Gradients": "gradient",
    "LOSSES": "losses",
    "Training": "training",
    "gradients": "gradient",
    "layered_genome": "layered",
    "train": "training",
}
__all__ = ["LOSSES", "Epoch", "Gradients", "Training", "gradients", "layered_genome", "train"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
