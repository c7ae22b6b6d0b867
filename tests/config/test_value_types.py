"""Value types: what they read, accept, reject and write."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neat.config.entries import IniText
from neat.config.value_types import (
    ANY_NUMBER,
    NAMES,
    Choice,
    ChoiceOf,
    Either,
    FilePath,
    InvalidValue,
    ListOf,
    Number,
    Text,
    ValueType,
    Whole,
    YesNo,
)


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (Whole(0, 10), "7", 7),
        (Whole(0, 10), "+7", 7),
        (Whole(-5, 10), "-5", -5),
        (Whole(0, 2_000), "1_000", 1000),
        (Whole(0), str(2**63 - 1), 2**63 - 1),
        (ANY_NUMBER, "1e3", 1000.0),
        (ANY_NUMBER, ".5", 0.5),
        (ANY_NUMBER, "5.", 5.0),
        (ANY_NUMBER, "-2.5E-3", -0.0025),
        (Number(0, 1), "1", 1.0),
        (Number(0, above=True), "5e-324", 5e-324),
        (YesNo(), "YES", True),
        (YesNo(), "true", True),
        (YesNo(), "on", True),
        (YesNo(), "1", True),
        (YesNo(), "no", False),
        (YesNo(), "False", False),
        (YesNo(), "off", False),
        (YesNo(), "0", False),
        (Choice("first", "nearest"), "Nearest", "nearest"),
        (Either({"auto": 0}, Whole(1, 4)), "auto", 0),
        (Either({"auto": 0}, Whole(1, 4)), "AUTO", 0),
        (Either({"auto": 0}, Whole(1, 4)), "0", 0),
        (Either({"auto": 0}, Whole(1, 4)), "4", 4),
        (Either({"none": None}, ANY_NUMBER), "None", None),
        (NAMES, "age, blood pressure", ("age", "blood pressure")),
        (NAMES, "age height\tsex", ("age", "height", "sex")),
        (NAMES, "blood pressure,", ("blood pressure",)),
        (NAMES, '"blood pressure"', ("blood pressure",)),
        (NAMES, '"a, b", "say ""x""" , 5" wide', ("a, b", 'say "x"', '5" wide')),
        (NAMES, '5" wide, 6" high', ('5" wide', '6" high')),
        (NAMES, "", ()),
        (ListOf(Whole(1, 20)), "16, 16,8", (16, 16, 8)),
        (ListOf(Whole(1, 20)), "16 8", (16, 8)),
        (Text(), '"  a # b "', "  a # b "),
        (Text(), '"a" b', '"a" b'),
        (Text(), "", ""),
        (FilePath(), "a b.csv", "a b.csv"),
        (FilePath(".json"), "a.JSON", "a.JSON"),
    ],
)
def test_read(kind: ValueType[Any], written: str, value: object) -> None:
    assert kind.read(written) == value
    assert type(kind.read(written)) is type(value)


@pytest.mark.parametrize(
    ("kind", "written", "message"),
    [
        (Whole(0, 10), "", "empty"),
        (Whole(0, 10), "1.0", "not a whole number"),
        (Whole(0, 10), "1e1", "not a whole number"),
        (Whole(0, 10), "0x1", "not a whole number"),
        (Whole(0, 10), "\u0661", "not a whole number"),
        (Whole(0, 10), "11", "too large"),
        (Whole(0, 10), "-1", "too small"),
        (Whole(0), str(2**63), "too large for 64 bits"),
        (Whole(0), "9" * 5000, "too long for a number"),
        (ANY_NUMBER, "", "empty"),
        (ANY_NUMBER, "1,5", "not a number"),
        (ANY_NUMBER, "nan", "not finite"),
        (ANY_NUMBER, "-inf", "not finite"),
        (ANY_NUMBER, "Infinity", "not finite"),
        (ANY_NUMBER, "1e999", "not finite"),
        (ANY_NUMBER, "9" * 5000, "too long for a number"),
        (Number(0, 1), "1.0000001", "too large"),
        (Number(0, 1), "-0.1", "too small"),
        (Number(0, above=True), "0", "too small"),
        (Number(0), str(2.0**41), "too large"),
        (YesNo(), "maybe", "not yes or no"),
        (YesNo(), "", "empty"),
        (Choice("first", "nearest"), "second", "unknown word"),
        (Choice("first", "nearest"), "", "empty"),
        (Either({"auto": 0}, Whole(1, 4)), "5", "too large"),
        (NAMES, "a,,b", "nothing between two commas"),
        (NAMES, ",", "nothing between two commas"),
        (NAMES, "a, b, a", "item 3: named twice"),
        (ListOf(ChoiceOf(lambda: ("tanh", "relu")), repeats=False), "tanh, rely", "item 2: unknown word"),
        (ListOf(Whole(1, 20)), "16, x", "item 2: not a whole number"),
        (ListOf(Whole(1, 20)), "0", "item 1: too small"),
        (Text(), "a\0b", "a line end or control character in it"),
        (Text(empty=False), "", "empty"),
        (FilePath(), "", "empty"),
        (FilePath(".json"), "a.csv", "not a file ending in .json"),
    ],
)
def test_rejected_text(kind: ValueType[Any], written: str, message: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        kind.read(written)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("kind", "word", "suggestion"),
    [
        (Choice("uniform", "gaussian"), "gausian", "; did you mean 'gaussian'?"),
        (Choice("uniform", "gaussian"), "zzz", ""),
        (Either({"auto": 0}, Whole(1)), "atuo", "; did you mean 'auto'?"),
        (Either({"same": "same"}, Choice("tanh", "relu")), "tan", "; did you mean 'tanh'?"),
        (ListOf(ChoiceOf(lambda: ("tanh", "relu")), repeats=False), "tan", "; did you mean 'tanh'?"),
        (YesNo(), "ye", "; did you mean 'yes'?"),
    ],
)
def test_suggestions(kind: ValueType[Any], word: str, suggestion: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        kind.read(word)
    assert caught.value.suggestion == suggestion


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (Whole(0, 10), 7, 7),
        (Whole(0, 10), "7", 7),
        (Whole(0, 10), numpy.int32(7), 7),
        (ANY_NUMBER, 1, 1.0),
        (ANY_NUMBER, numpy.float32(0.5), 0.5),
        (ANY_NUMBER, -0.0, 0.0),
        (Either({"auto": 0}, Whole(1, 4)), 0, 0),
        (Either({"none": None}, Whole(1, 4)), None, None),
        (Either({"solved": "solved"}, ANY_NUMBER), "2", 2.0),
        (Either({"none": None}, FilePath()), '"none"', '"none"'),
        (NAMES, ["a b", '"c"'], ("a b", '"c"')),
        (NAMES, "a b", ("a", "b")),
        (ListOf(Whole(1, 20)), (numpy.int64(3), "4"), (3, 4)),
        (ListOf(Whole(1, 20)), numpy.array([3, 4]), (3, 4)),
        (ListOf(Whole(1, 20)), range(3, 5), (3, 4)),
        (NAMES, numpy.array(["a", "b"]), ("a", "b")),
        (YesNo(), numpy.bool_(True), True),
        (Either({"auto": 0}, Whole(1, 4)), numpy.int64(0), 0),
        (Text(), '"quotes stay"', '"quotes stay"'),
        (Text(), numpy.str_("a"), "a"),
        (FilePath(), Path("a") / "b", os.path.join("a", "b")),
        (YesNo(), True, True),
    ],
)
def test_accept(kind: ValueType[Any], given: object, value: object) -> None:
    assert kind.accept(given) == value
    assert repr(kind.accept(given)) == repr(value)


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (Whole(0, 10), True, "not a whole number"),
        (Whole(0, 10), 1.0, "not a whole number"),
        (Whole(0, 10), None, "not a whole number"),
        pytest.param(Whole(0), 10**6000, "too large for 64 bits", id="huge whole"),
        (ANY_NUMBER, False, "not a number"),
        (ANY_NUMBER, math.nan, "not finite"),
        (ANY_NUMBER, -math.inf, "not finite"),
        pytest.param(ANY_NUMBER, 10**400, "beyond the numbers of 64 bits", id="huge number"),
        (ANY_NUMBER, 1j, "not a number"),
        (YesNo(), 1, "not yes or no"),
        (Choice("a"), 1, "not a word"),
        (Either({"auto": 0}, Whole(1, 4)), False, "not a whole number"),
        (Either({"auto": 0}, Whole(1, 4)), None, "not a whole number"),
        (NAMES, 3, "not a list"),
        (NAMES, {"a"}, "not a list"),
        (NAMES, {"a": 1}, "not a list"),
        (NAMES, b"a", "not a list"),
        (ListOf(Whole(1, 20)), numpy.array(3), "not a list"),
        (ListOf(Whole(1, 20)), numpy.array([[3]]), "item 1: not a whole number"),
        (Whole(0, 10), numpy.timedelta64(3, "s"), "not a whole number"),
        (ANY_NUMBER, numpy.bool_(True), "not a number"),
        (NAMES, ["a", 3], "item 2: not text"),
        (NAMES, ["a", ""], "item 2: empty"),
        (ListOf(Whole(1, 20)), [True], "item 1: not a whole number"),
        (Text(), 3, "not text"),
        (Text(), "two\nlines", "a line end or control character in it"),
        (Text(), "\ud800", "a line end or control character in it"),
        (FilePath(), b"bytes", "not text"),
    ],
)
def test_rejected_values(kind: ValueType[Any], given: object, message: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        kind.accept(given)
    assert str(caught.value) == message


ANY_NAME = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_round_trip(value: float) -> None:
    assert ANY_NUMBER.read(ANY_NUMBER.write(value)) == value


@given(st.lists(ANY_NAME, unique=True))
def test_names_round_trip(value: list[str]) -> None:
    assert NAMES.read(NAMES.write(tuple(value))) == tuple(value)


@given(ANY_NAME | st.just(""))
def test_text_round_trips(value: str) -> None:
    assert Text().read(Text().write(value)) == value


@given(ANY_NAME | st.sampled_from(["none", "NONE", "None", '"none"']))
def test_a_name_that_looks_like_a_word_round_trips(value: str) -> None:
    kind = Either({"none": None}, FilePath())
    assert kind.read(kind.write(value)) == value


def test_a_path_that_is_not_utf_8_is_rejected() -> None:
    with pytest.raises(InvalidValue, match="a name that is not UTF-8, which a configuration cannot hold; rename"):
        FilePath().accept("folder\udce9/data.csv")


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("a.csv", "/data/a.csv"),
        ('"a # b.csv"', "/data/a # b.csv"),
        ("/other/a.csv", "/other/a.csv"),
        ("~/a.csv", "~/a.csv"),
        ("none", None),
    ],
)
def test_a_relative_path_starts_at_the_folder_of_its_text(written: str, path: str | None) -> None:
    type = Either({"none": None}, FilePath())
    assert type.accept(IniText(written, "/data")) == path
