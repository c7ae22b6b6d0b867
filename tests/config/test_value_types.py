"""The kinds of values: what they read, accept, refuse and write."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neat.config.fields import (
    choice,
    either,
    file_path,
    names,
    number,
    probability,
    text,
    whole,
    wholes,
    yes_no,
)
from neat.config.value_types import InvalidValue, ValueType


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (whole(0, 10), "7", 7),
        (whole(0, 10), "+7", 7),
        (whole(-5, 10), "-5", -5),
        (whole(0, 2_000), "1_000", 1000),
        (whole(0), str(2**63 - 1), 2**63 - 1),
        (number(), "1e3", 1000.0),
        (number(), ".5", 0.5),
        (number(), "5.", 5.0),
        (number(), "-2.5E-3", -0.0025),
        (probability(), "1", 1.0),
        (number(0, above=True), "5e-324", 5e-324),
        (yes_no(), "YES", True),
        (yes_no(), "true", True),
        (yes_no(), "on", True),
        (yes_no(), "1", True),
        (yes_no(), "no", False),
        (yes_no(), "False", False),
        (yes_no(), "off", False),
        (yes_no(), "0", False),
        (choice("first", "nearest"), "Nearest", "nearest"),
        (either({"auto": 0}, whole(1, 4)), "auto", 0),
        (either({"auto": 0}, whole(1, 4)), "AUTO", 0),
        (either({"auto": 0}, whole(1, 4)), "0", 0),
        (either({"auto": 0}, whole(1, 4)), "4", 4),
        (either({"none": None}, number()), "None", None),
        (names(), "age, blood pressure", ("age", "blood pressure")),
        (names(), "age height\tsex", ("age", "height", "sex")),
        (names(), "blood pressure,", ("blood pressure",)),
        (names(), '"blood pressure"', ("blood pressure",)),
        (names(), '"a, b", "say ""x""" , 5" wide', ("a, b", 'say "x"', '5" wide')),
        (names(), '5" wide, 6" high', ('5" wide', '6" high')),
        (names(), "", ()),
        (wholes(1, 20), "16, 16,8", (16, 16, 8)),
        (wholes(1, 20), "16 8", (16, 8)),
        (text(), '"  a # b "', "  a # b "),
        (text(), '"a" b', '"a" b'),
        (text(), "", ""),
        (file_path(), "a b.csv", "a b.csv"),
        (file_path(".json"), "a.JSON", "a.JSON"),
    ],
)
def test_read(kind: ValueType[Any], written: str, value: object) -> None:
    assert kind.read(written) == value
    assert type(kind.read(written)) is type(value)


@pytest.mark.parametrize(
    ("kind", "written", "message"),
    [
        (whole(0, 10), "", "empty"),
        (whole(0, 10), "1.0", "not a whole number"),
        (whole(0, 10), "1e1", "not a whole number"),
        (whole(0, 10), "0x1", "not a whole number"),
        (whole(0, 10), "\u0661", "not a whole number"),
        (whole(0, 10), "11", "too large"),
        (whole(0, 10), "-1", "too small"),
        (whole(0), str(2**63), "too large for 64 bits"),
        (whole(0), "9" * 5000, "too long for a number"),
        (number(), "", "empty"),
        (number(), "1,5", "not a number"),
        (number(), "nan", "not finite"),
        (number(), "-inf", "not finite"),
        (number(), "Infinity", "not finite"),
        (number(), "1e999", "not finite"),
        (number(), "9" * 5000, "too long for a number"),
        (probability(), "1.0000001", "too large"),
        (probability(), "-0.1", "too small"),
        (number(0, above=True), "0", "too small"),
        (number(0), str(2.0**41), "too large"),
        (yes_no(), "maybe", "not yes or no"),
        (yes_no(), "", "empty"),
        (choice("first", "nearest"), "second", "unknown word"),
        (choice("first", "nearest"), "", "empty"),
        (either({"auto": 0}, whole(1, 4)), "5", "too large"),
        (names(), "a,,b", "nothing between two commas"),
        (names(), ",", "nothing between two commas"),
        (names(), "a, b, a", "item 3: named twice"),
        (names(lambda: ("tanh", "relu")), "tanh, rely", "item 2: unknown word"),
        (wholes(1, 20), "16, x", "item 2: not a whole number"),
        (wholes(1, 20), "0", "item 1: too small"),
        (text(), "a\0b", "a line end or control character in it"),
        (text(empty=False), "", "empty"),
        (file_path(), "", "empty"),
        (file_path(".json"), "a.csv", "not a file ending in .json"),
    ],
)
def test_refuse(kind: ValueType[Any], written: str, message: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        kind.read(written)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("kind", "word", "suggestion"),
    [
        (choice("uniform", "gaussian"), "gausian", "; did you mean 'gaussian'?"),
        (choice("uniform", "gaussian"), "zzz", ""),
        (either({"auto": 0}, whole(1)), "atuo", "; did you mean 'auto'?"),
        (either({"same": "same"}, choice("tanh", "relu")), "tan", "; did you mean 'tanh'?"),
        (names(lambda: ("tanh", "relu")), "tan", "; did you mean 'tanh'?"),
        (yes_no(), "ye", "; did you mean 'yes'?"),
    ],
)
def test_suggestions(kind: ValueType[Any], word: str, suggestion: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        kind.read(word)
    assert caught.value.suggestion == suggestion


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (whole(0, 10), 7, 7),
        (whole(0, 10), "7", 7),
        (whole(0, 10), numpy.int32(7), 7),
        (number(), 1, 1.0),
        (number(), numpy.float32(0.5), 0.5),
        (number(), -0.0, 0.0),
        (either({"auto": 0}, whole(1, 4)), 0, 0),
        (either({"none": None}, whole(1, 4)), None, None),
        (either({"solved": "solved"}, number()), "2", 2.0),
        (either({"none": None}, file_path()), '"none"', '"none"'),
        (names(), ["a b", '"c"'], ("a b", '"c"')),
        (names(), "a b", ("a", "b")),
        (wholes(1, 20), (numpy.int64(3), "4"), (3, 4)),
        (wholes(1, 20), numpy.array([3, 4]), (3, 4)),
        (wholes(1, 20), range(3, 5), (3, 4)),
        (names(), numpy.array(["a", "b"]), ("a", "b")),
        (yes_no(), numpy.bool_(True), True),
        (either({"auto": 0}, whole(1, 4)), numpy.int64(0), 0),
        (text(), '"quotes stay"', '"quotes stay"'),
        (text(), numpy.str_("a"), "a"),
        (file_path(), Path("a") / "b", os.path.join("a", "b")),
        (yes_no(), True, True),
    ],
)
def test_accept(kind: ValueType[Any], given: object, value: object) -> None:
    assert kind.accept(given) == value
    assert repr(kind.accept(given)) == repr(value)


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (whole(0, 10), True, "not a whole number"),
        (whole(0, 10), 1.0, "not a whole number"),
        (whole(0, 10), None, "not a whole number"),
        pytest.param(whole(0), 10**6000, "too large for 64 bits", id="huge whole"),
        (number(), False, "not a number"),
        (number(), math.nan, "not finite"),
        (number(), -math.inf, "not finite"),
        pytest.param(number(), 10**400, "beyond the numbers of 64 bits", id="huge number"),
        (number(), 1j, "not a number"),
        (yes_no(), 1, "not yes or no"),
        (choice("a"), 1, "not a word"),
        (either({"auto": 0}, whole(1, 4)), False, "not a whole number"),
        (either({"auto": 0}, whole(1, 4)), None, "not a whole number"),
        (names(), 3, "not a list"),
        (names(), {"a"}, "not a list"),
        (names(), {"a": 1}, "not a list"),
        (names(), b"a", "not a list"),
        (wholes(1, 20), numpy.array(3), "not a list"),
        (wholes(1, 20), numpy.array([[3]]), "item 1: not a whole number"),
        (whole(0, 10), numpy.timedelta64(3, "s"), "not a whole number"),
        (number(), numpy.bool_(True), "not a number"),
        (names(), ["a", 3], "item 2: not text"),
        (names(), ["a", ""], "item 2: empty"),
        (wholes(1, 20), [True], "item 1: not a whole number"),
        (text(), 3, "not text"),
        (text(), "two\nlines", "a line end or control character in it"),
        (text(), "\ud800", "a line end or control character in it"),
        (file_path(), b"bytes", "not text"),
    ],
)
def test_do_not_accept(kind: ValueType[Any], given: object, message: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        kind.accept(given)
    assert str(caught.value) == message


NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_round_trip(value: float) -> None:
    assert number().read(number().write(value)) == value


@given(st.lists(NAMES, unique=True))
def test_names_round_trip(value: list[str]) -> None:
    assert names().read(names().write(tuple(value))) == tuple(value)


@given(NAMES | st.just(""))
def test_text_round_trips(value: str) -> None:
    assert text().read(text().write(value)) == value


@given(NAMES | st.sampled_from(["none", "NONE", "None", '"none"']))
def test_a_name_that_looks_like_a_word_round_trips(value: str) -> None:
    kind = either({"none": None}, file_path())
    assert kind.read(kind.write(value)) == value


def test_a_path_that_is_not_utf_8_is_refused_as_one() -> None:
    with pytest.raises(InvalidValue, match="a name that is not UTF-8, which a configuration cannot hold; rename"):
        file_path().accept("folder\udce9/data.csv")
