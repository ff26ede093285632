"""The graph view: a model as signed weighted bipartite graphs, a layer each, and their files.

An edge table has one row per non-zero weight: ``layer`` (1…), ``source`` and ``target`` (numbers of the
node on the left, an input of the layer, and on the right, an output) and ``weight``.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from weightprobes.lazy import networkx as nx
from weightprobes.tables.files import written_whole


class EdgeListError(ValueError):
    """A text edge list cannot be read."""


def weight_matrices(model: dict[str, Tensor]) -> list[Tensor]:
    """The weights of each layer of ``model`` (parameters by name), (out, in); biases are left out."""
    return [value for value in model.values() if value.ndim == 2]


def edges(model: dict[str, Tensor]) -> pd.DataFrame:
    """The edge table of ``model`` (parameters by name)."""
    tables = []
    for layer, matrix in enumerate(weight_matrices(model), start=1):
        target, source = matrix.numpy().nonzero()
        weight = matrix.numpy()[target, source]
        tables.append(pd.DataFrame({"layer": layer, "source": source, "target": target, "weight": weight}))
    return pd.concat(tables, ignore_index=True)


def matrices(table: pd.DataFrame, sizes: list[int]) -> list[Tensor]:
    """The weight matrices, (out, in), of an edge table; ``sizes`` are the layers' widths, inputs first."""
    filled = [torch.zeros(out, into) for into, out in pairwise(sizes)]
    for layer, rows in table.groupby("layer"):
        places = torch.tensor(rows["target"].to_numpy()), torch.tensor(rows["source"].to_numpy())
        filled[layer - 1][places] = torch.tensor(rows["weight"].to_numpy(np.float32))
    return filled


def nodes(table: pd.DataFrame) -> pd.DataFrame:
    """One row per layer, side and node: ``layer, side`` ("left" or "right"), ``node``, and the number
    (``positive_degree``, ``negative_degree``) and sum (``positive_strength``, ``negative_strength``) of
    its edges of each sign."""
    weight = table["weight"]
    signed = table[["layer"]].assign(
        positive_strength=weight.clip(lower=0),
        negative_strength=weight.clip(upper=0),
        positive_degree=(weight > 0).astype(int),
        negative_degree=(weight < 0).astype(int),
    )
    ends = [
        signed.assign(side=side, node=table[end]) for side, end in (("left", "source"), ("right", "target"))
    ]
    return pd.concat(ends).groupby(["layer", "side", "node"], as_index=False).sum()


def to_networkx(table: pd.DataFrame) -> nx.DiGraph:
    """All layers as one directed graph; ``"L1_3"`` is node 3 of the first hidden layer, inputs are L0.

    Nodes carry ``layer``, edges ``weight``. Write it with ``networkx.write_graphml``.
    """
    left = "L" + (table["layer"] - 1).astype(str) + "_" + table["source"].astype(str)
    right = "L" + table["layer"].astype(str) + "_" + table["target"].astype(str)
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(zip(left, right, table["weight"].astype(float), strict=True))
    nx.set_node_attributes(graph, {name: _numbers(name)[0] for name in graph}, "layer")
    return graph


def from_networkx(graph: nx.DiGraph) -> pd.DataFrame:
    """The edge table of a graph made by :func:`to_networkx`, or read back from GraphML."""
    ends = [
        (*_numbers(target), _numbers(source)[1], weight)
        for source, target, weight in graph.edges.data("weight")
    ]
    table = pd.DataFrame(sorted(ends), columns=["layer", "target", "source", "weight"])
    return table[["layer", "source", "target", "weight"]]


def write_edge_lists(model: dict[str, Tensor], folder: Path) -> list[Path]:
    """Write the authors' text format: a file for each layer, ``layer1.txt`` …, in ``folder``.

    A first line with the numbers of nodes on the left and right, then a line for each edge, such as
    ``L0_12 L1_3 0.123456``: six decimals, so weights below 5·10⁻⁷ become 0. Biases are not written.
    """
    paths = []
    for layer, matrix in enumerate(weight_matrices(model), start=1):
        lines = [f"{matrix.shape[1]} {matrix.shape[0]}"]
        for (target, source), weight in np.ndenumerate(matrix.numpy()):
            lines.append(f"L{layer - 1}_{source} L{layer}_{target} {weight:.6f}")
        paths.append(folder / f"layer{layer}.txt")
        with written_whole(paths[-1]) as scratch:
            scratch.write_text("\n".join(lines) + "\n")
    return paths


def read_edge_lists(paths: list[Path]) -> list[Tensor]:
    """The weight matrices, (out, in), in the authors' text files, one for each layer, first layer first.

    The files hold no biases; put the matrices into a module and choose the bias policy ``"redrawn"``
    (as the authors do) or ``"zeroed"``. Raises :class:`EdgeListError`, naming file and line.
    """
    return [_read_edge_list(path) for path in paths]


def _read_edge_list(path: Path) -> Tensor:
    lines = path.read_text().splitlines()
    try:
        into, out = (int(size) for size in lines[0].split())
        matrix = torch.zeros(out, into)
    except (IndexError, ValueError):
        raise EdgeListError(f"{path}, line 1 is not two numbers of nodes: is it an edge list?") from None
    for number, line in enumerate(lines[1:], start=2):
        try:
            source, target, weight = line.split()
            matrix[_numbers(target)[1], _numbers(source)[1]] = float(weight)
        except (IndexError, ValueError):
            raise EdgeListError(
                f"{path}, line {number}, {line!r}, is not an edge like 'L0_12 L1_3 0.123456' "
                f"between {into} and {out} nodes"
            ) from None
    return matrix


def _numbers(name: str) -> tuple[int, int]:
    """``"L1_3"`` → (1, 3)."""
    layer, node = name.removeprefix("L").split("_")
    if not node.isdecimal():
        raise ValueError(f"{name!r} names no node")
    return int(layer), int(node)
