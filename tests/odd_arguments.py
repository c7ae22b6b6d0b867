"""Odd command lines: every command, with odd values for its arguments and options."""

from __future__ import annotations

import random
from collections.abc import Iterator

_LONG = "x" * 5_000
#: Values that no argument expects. Bytes that are not UTF-8 arrive as lone surrogates.
ODD = (
    "", " ", "-", "--", "---", "-1", "+1", "0", "1e3", "1_0", "0x10", "9" * 20, "9" * 5_000, "nan", "inf",
    "\u0663", "abc", "\udce9", "caf\udce9.json", "\ud800\udfff", "a\0b", "\0", "\x1b[31mred", "\x07",
    "\r\n", "a\nb", "\u202eevil", "\u200b", "\u4e2d\u6587", "\U0001f600", _LONG, f"{_LONG}.json", ".", "..",
    "/", "/dev/null", "/dev/full", "no/such/file", "odd", "odd/", "odd.json", "xor.ini", "xor.csv", "~",
    "~nobody", "$HOME", "*", "%s", "{0}", "[/red]", "[link=x]y[/link]", "latest", "0..", "..3", "3..1",
    "0..99999999999", "1,,2", "a,b", "--seed", "-h", "=", "a=b", "run.=3", ".seed=3", "run.seed=\udce9",
    "run.seed=", "problem.data=\udce9.csv", "problem.kind=\udce9:x", "problem.kind=no_such:thing",
    "run.seed=\0", "\ufeffrun", "problem.data=/dev/null", "population.start=/dev/full.json",
    "population.start=odd.json", "genome.activation=\x1b[1m",
)  # fmt: skip
#: The arguments of each command, and the options that take a value, with values that are right.
COMMANDS: dict[str, tuple[list[str], dict[str, str]]] = {
    "run": (["xor.ini"], {"--seed": "1", "--out": "new", "--set": "run.lineage=no", "--seeds": "1,2"}),
    "resume": (["latest"], {"--generations": "2", "--from": "1", "--out": "new", "--threads": "1"}),
    "verify": (["latest"], {"--threads": "1"}),
    "check": (["xor.ini"], {"--set": "population.size=5"}),
    "show": (["latest"], {}),
    "evaluate": (["latest"], {"--episodes": "2", "--seed": "1"}),
    "play": (["latest"], {"--episodes": "2", "--seed": "1", "--video": "x.gif", "--trace": "x.csv"}),
    "export": (["latest"], {"--to": "x.json", "--format": "dot"}),
    "plot": (["latest"], {"--to": "x.svg", "--what": "sizes"}),
    "compare": (["latest", "latest"], {}),
    "list": (["runs"], {}),
    "stats": (["latest"], {"--csv": "x.csv"}),
    "lineage": (["latest"], {"--genome": "1"}),
    "explain": (["latest", "0"], {}),
    "remove": (["xor-9"], {}),
    "init": (["CartPole-v1"], {"--out": "new.ini"}),
    "reference": ([], {}),
    "problems": ([], {}),
}
_FLAGS = (
    "--quiet", "--json", "--trust", "--network", "--disabled", "--pruned", "--species", "--markdown", "--version",
    "--help", "-z", "--no",
)  # fmt: skip


def command_lines(count: int, seed: int) -> Iterator[list[str]]:
    """Yield `count` command lines, the same for the same seed, most of them with one or two odd values."""
    draw = random.Random(seed)
    for _ in range(count):
        name = draw.choice(list(COMMANDS))
        arguments, options = COMMANDS[name]
        line = [name, *arguments]
        for option in draw.sample(list(options), draw.randrange(len(options) + 1)):
            line += [option, options[option]]
        for _ in range(draw.choice((0, 1, 1, 2))):
            place = draw.randrange(len(line) + 1)
            odd = draw.choice(ODD)
            if place < len(line) and draw.random() < 0.8:
                line[place] = f"{line[place]}={odd}" if line[place].startswith("--") else odd
            else:
                line.insert(place, odd)
        if draw.random() < 0.3:
            line.insert(draw.randrange(1, len(line) + 1), draw.choice(_FLAGS))
        if name == "run":  # a short run
            line += ["--generations", "1", "--set", "population.size=3"]
            if any(argument.startswith("--seeds") for argument in line):
                line += ["--jobs", "1"]
        yield line
