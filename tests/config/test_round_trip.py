"""Every configuration prints back as INI and as a dict, and no text or file crashes the reader."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neat.config import Config, Section
from neat.config.assembly import FIXED_SECTIONS
from neat.config.fields import keys_of
from neat.config.function_names import FunctionName
from neat.config.value_types import Choice, Either, ListOf, Number, Whole, YesNo
from neat.core.errors import ConfigError


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return values that a value type allows."""
    if isinstance(kind, Either):
        return st.sampled_from(list(kind.words.values())) | values_of(kind.other)
    if isinstance(kind, ListOf):
        return st.lists(values_of(kind.item), max_size=4, unique=not kind.repeats).map(tuple)
    if isinstance(kind, FunctionName):
        built_in = ("linear", "tanh", "exp") if kind.function == "activation" else ("sum", "mean", "median")
        return st.sampled_from((*built_in, "my_module:Function"))
    if isinstance(kind, Choice):
        return st.deferred(lambda: st.sampled_from(kind.words()))
    if isinstance(kind, YesNo):
        return st.booleans()
    if isinstance(kind, Whole):
        return st.integers(kind.low, kind.high)
    if isinstance(kind, Number):
        low, high = (limit if math.isfinite(limit) else None for limit in (kind.low, kind.high))
        return st.floats(low, high, exclude_min=kind.above, allow_nan=False, allow_infinity=False)
    return st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))).map(lambda text: f"{text}.json")


def sections_of(name: str, keys: type[Section]) -> st.SearchStrategy[dict[str, Any]]:
    """Return some keys of a section with allowed values, those checked against each other in order."""
    items = {item.name: values_of(item.type) for item in keys_of(keys).values()}
    return st.fixed_dictionaries({}, optional=items).map(lambda section: in_order(name, section))


def in_order(name: str, section: dict[str, Any]) -> dict[str, Any]:
    """Return a section whose keys do not contradict each other."""
    section = dict(section)
    if name == "run":
        executor = section.get("executor", "auto")
        unused = {
            "threads": ("workers", "timeout", "address"),
            "auto": ("timeout", "address"),
            "processes": ("address",),
        }
        for key in unused.get(executor, ()):
            section.pop(key, None)
    if name == "population" and (section.get("start") == "layers") != bool(section.get("layers")):
        section.pop("layers", None)
        section["start"] = "full"
    if name == "population" and section.get("start") != "layers":
        section.pop("layer_weights", None)
    if name == "genome":
        for part in ("weight", "bias"):
            section[f"{part}_range"] = min(section.get(f"{part}_range", 1.0), section.get(f"{part}_limit", 8.0))
    if name == "mutation":
        section["replace"] = min(section.get("replace", 0.1), 1.0 - section.get("perturb", 0.4))
    return section


def useful(sections: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return sections without the combinations that `neat.config.combinations` rejects."""
    mutation, network = dict(sections["mutation"]), dict(sections["network"])
    if sections["population"].get("start") in ("none", "partial"):
        for key in ("growth", "max_structural", "add_connection"):
            mutation.pop(key, None)
    if sections["population"].get("start") == "layers":
        network.pop("max_steps", None)
    return {**sections, "mutation": mutation, "network": network}


SETTINGS = st.fixed_dictionaries(
    {name: sections_of(name, keys) for name, keys in FIXED_SECTIONS.items() if name != "problem"}
).map(useful)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(SETTINGS, st.booleans())
def test_every_configuration_prints_back(values: Mapping[str, Mapping[str, Any]], full: bool) -> None:
    config = Config.from_dict(values)
    text = config.to_ini(full=full)
    assert Config.from_ini(text) == config
    assert Config.from_ini(text).to_ini(full=full) == text
    assert Config.from_dict(config.to_dict()) == config
    assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.sampled_from('[]=:;#"\t\n\r ,.\\axo1runsedbaf\u2028\x85\ufeff')))
def test_no_text_crashes_the_reader(text: str) -> None:
    try:
        config = Config.from_ini(text)
    except ConfigError as error:
        assert error.faults
    else:
        assert Config.from_ini(config.to_ini()) == config


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200))
def test_no_file_crashes_the_reader(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.ini"
    path.write_bytes(data)
    with pytest.raises(ConfigError):
        Config.read(path)
