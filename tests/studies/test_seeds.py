"""Lists of seeds: their text, and the messages for invalid ones."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neat.core.errors import NeatError
from neat.studies.seeds import MOST, checked_seeds, parse_seeds

LARGEST = 2**63 - 1
SPACE = st.sampled_from(["", " ", "  ", "\t"])


@st.composite
def written(draw):
    """Return a text and the seeds that it names."""
    ends = sorted(draw(st.sets(st.integers(0, 400) | st.integers(0, LARGEST), min_size=1, max_size=12)))
    pieces, seeds = [], []
    while ends:
        first = last = ends.pop(0)
        if ends and ends[0] - first <= 500 and draw(st.booleans()):
            last = ends.pop(0)
        alone = first == last and draw(st.booleans())
        spaces = [draw(SPACE) for _ in range(4)]
        second = "" if alone else f"{spaces[1]}..{spaces[2]}{last}"
        pieces.append((f"{spaces[0]}{first}{second.rstrip() if alone else second}{spaces[3]}", range(first, last + 1)))
    order = draw(st.permutations(pieces))
    for _, piece in order:
        seeds += piece
    return ",".join(text for text, _ in order), tuple(seeds)


@given(written())
def test_a_text_names_its_seeds_in_its_order(case):
    text, seeds = case
    assert parse_seeds(text) == seeds


@given(st.lists(st.integers(0, LARGEST), min_size=1, max_size=20, unique=True))
def test_seeds_survive_a_round_trip(seeds):
    assert parse_seeds(",".join(map(str, seeds))) == checked_seeds(seeds) == tuple(seeds)


def test_by_hand():
    assert parse_seeds("7") == (7,)
    assert parse_seeds("0..2,9,5..5") == (0, 1, 2, 9, 5)
    assert parse_seeds(" 3 .. 5 , 1 ") == (3, 4, 5, 1)
    assert parse_seeds("007") == (7,)
    assert len(parse_seeds(f"1..{MOST}")) == MOST
    assert parse_seeds(str(LARGEST)) == (LARGEST,)
    found = checked_seeds(np.arange(3))
    assert found == (0, 1, 2) and all(type(seed) is int for seed in found)
    assert checked_seeds(iter([2, 1])) == (2, 1)


ALLOWED = "(such as 7, 0..99 or 0..9,20,30..39)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"seeds '': '' is neither a seed nor a range {ALLOWED}"),
        ("1,,2", f"seeds '1,,2': '' is neither a seed nor a range {ALLOWED}"),
        ("1,", f"seeds '1,': '' is neither a seed nor a range {ALLOWED}"),
        ("-1", f"seeds '-1': '-1' is neither a seed nor a range {ALLOWED}"),
        ("1.5", f"seeds '1.5': '1.5' is neither a seed nor a range {ALLOWED}"),
        ("0..", f"seeds '0..': '0..' is neither a seed nor a range {ALLOWED}"),
        ("0...9", f"seeds '0...9': '0...9' is neither a seed nor a range {ALLOWED}"),
        ("0..2..4", f"seeds '0..2..4': '0..2..4' is neither a seed nor a range {ALLOWED}"),
        ("0-9", f"seeds '0-9': '0-9' is neither a seed nor a range {ALLOWED}"),
        ("1 2", f"seeds '1 2': '1 2' is neither a seed nor a range {ALLOWED}"),
        ("٣", f"seeds '٣': '٣' is neither a seed nor a range {ALLOWED}"),
        ("1" * 20, f"seeds '{'1' * 20}': '{'1' * 20}' is neither a seed nor a range {ALLOWED}"),
        ("1, 9..3", "seeds '1, 9..3': '9..3' runs backwards (write 3..9)"),
        ("0..1000000", "seeds '0..1000000': there are more than 1,000,000, the largest number at once"),
        (f"0..{LARGEST}", f"seeds '0..{LARGEST}': there are more than 1,000,000, the largest number at once"),
        (str(LARGEST + 1), f"seed {LARGEST + 1}: is not from 0 to {LARGEST}"),
        (f"{LARGEST}..{LARGEST + 1}", f"seed {LARGEST + 1}: is not from 0 to {LARGEST}"),
        ("0..5,3", "seed 3: appears twice (the same seed gives the same run)"),
    ],
)
def test_invalid_text_is_refused(text, message):
    with pytest.raises(NeatError) as refused:
        parse_seeds(text)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        ([], f"seeds: there are none {ALLOWED}"),
        (5, f"seeds is 5; it must be a list of whole numbers, or a text {ALLOWED[1:-1]}"),
        (b"x", f"seeds is b'x'; it must be a list of whole numbers, or a text {ALLOWED[1:-1]}"),
        ([True], "seed True: is not a whole number (seeds: such as 7, 0..99 or 0..9,20,30..39)"),
        (count(), "seeds: there are more than 1,000,000, the largest number at once"),
        ([0, -1], f"seed -1: is not from 0 to {LARGEST}"),
        ([LARGEST + 1], f"seed {LARGEST + 1}: is not from 0 to {LARGEST}"),
        ([4, 4], "seed 4: appears twice (the same seed gives the same run)"),
        ([1.0], "seed 1.0: is not a whole number (seeds: such as 7, 0..99 or 0..9,20,30..39)"),
        (["1"], "seed '1': is not a whole number (seeds: such as 7, 0..99 or 0..9,20,30..39)"),
    ],
)
def test_invalid_arguments_are_refused(seeds, message):
    with pytest.raises(NeatError) as refused:
        checked_seeds(seeds)
    assert str(refused.value) == message
