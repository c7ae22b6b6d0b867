"""The columns of a population: their names and dtypes, and new ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neat.core.arrays import freeze
from neat.core.errors import NeatError
from neat.genetics.genome_kernels import Genes
from neat.genetics.node_attributes import NODE_ATTRIBUTES

#: Columns with a row for each of C connections.
CONNECTION_DTYPES: dict[str, np.dtype[Any]] = {
    "innovation": np.dtype(np.int64),
    "source": np.dtype(np.int32),
    "target": np.dtype(np.int32),
    "weight": np.dtype(np.float64),
    "enabled": np.dtype(np.bool_),
}
#: Columns with a row for each of N nodes.
NODE_DTYPES: dict[str, np.dtype[Any]] = {
    "node": np.dtype(np.int32),
    **{attribute.name: attribute.dtype for attribute in NODE_ATTRIBUTES},
}
#: Columns with a row for each of P genomes.
GENOME_DTYPES = {"key": np.dtype(np.int64), "parents": np.dtype(np.int64)}
#: Columns with P + 1 rows.
START_DTYPES = {"connection_start": np.dtype(np.int64), "node_start": np.dtype(np.int64)}
COLUMN_DTYPES = CONNECTION_DTYPES | NODE_DTYPES | GENOME_DTYPES | START_DTYPES
_KINDS_FOR = {"i": "iu", "u": "iu", "f": "iuf", "b": "b"}  # kinds of dtype that can be converted to that of a column

Columns = dict[str, NDArray[Any]]


def checked_column(name: str, values: ArrayLike, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return values as `freeze` does.

    Raises:
        NeatError: they are not whole numbers, numbers, or True and False, as the dtype requires.
    """
    if type(values) is np.ndarray and values.dtype is dtype and values.ndim:
        return freeze(values, dtype)
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        array = np.empty(1, np.object_)
    if not array.ndim or (array.size and array.dtype.kind not in _KINDS_FOR[dtype.kind]):
        raise NeatError(f"the column {name} must hold values of {dtype}, not of {array.dtype}")
    return freeze(array, dtype)


def empty_genes(connection_start: NDArray[np.int64], node_start: NDArray[np.int64]) -> Genes:
    """Return columns, yet to be written, for genomes that start at these rows."""
    connections, nodes = int(connection_start[-1]), int(node_start[-1])
    return Genes._make(
        (
            connection_start,
            *[np.empty(connections, dtype) for dtype in CONNECTION_DTYPES.values()],
            node_start,
            *[np.empty(nodes, dtype) for dtype in NODE_DTYPES.values()],
        )
    )


def blank_nodes(count: int) -> Columns:
    """Return the attribute columns of `count` nodes with the values of inputs: bias 0, response 1, linear, sum."""
    return {attribute.name: np.full(count, attribute.unused, attribute.dtype) for attribute in NODE_ATTRIBUTES}
