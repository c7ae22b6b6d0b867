"""Export of genomes as graphs, drawings and files for other programs."""

from neat.export.dot import to_dot
from neat.export.drawing import draw, picture
from neat.export.formats import FORMATS, decode, encode, read, write
from neat.export.graph import from_networkx, to_networkx
from neat.export.structure import depths, trimmed
from neat.genetics.genome_json import genome_schema

__all__ = [
    "FORMATS",
    "decode",
    "depths",
    "draw",
    "encode",
    "from_networkx",
    "genome_schema",
    "picture",
    "read",
    "to_dot",
    "to_networkx",
    "trimmed",
    "write",
]
