"""The graph view: a model as signed weighted bipartite graphs, a layer each, and their files.

An edge table has one row per non-zero weight: ``layer`` (1…), ``source`` and ``target`` (numbers of the
node on the left, an input of the layer, and on the right, an output) and ``weight``.
"""

from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import torch
from torch import Tensor

from weightprobes.tables.files import written_whole


class EdgeListError(ValueError):
    """A text edge list cannot be read."""


def edges(model: dict[str, Tensor]) -> pd.DataFrame:
    """The edge table of ``model`` (parameters by name); biases are no edges and are left out."""
    tables = []
    for layer, matrix in enumerate(_matrices(model), start=1):
        target, source = matrix.nonzero(as_tuple=True)
        columns = {
            "source": source.numpy(),
            "target": target.numpy(),
            "weight": matrix[target, source].numpy(),
        }
        tables.append(pd.DataFrame({"layer": layer, **columns}))
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
    ends = [
        table.rename(columns={"source": "node"}).assign(side="left"),
        table.rename(columns={"target": "node"}).assign(side="right"),
    ]
    both = pd.concat(ends)[["layer", "side", "node", "weight"]]
    both["positive_strength"] = both["weight"].clip(lower=0)
    both["negative_strength"] = both["weight"].clip(upper=0)
    both["positive_degree"] = (both["weight"] > 0).astype(int)
    both["negative_degree"] = (both["weight"] < 0).astype(int)
    return both.drop(columns="weight").groupby(["layer", "side", "node"], as_index=False).sum()


def to_networkx(table: pd.DataFrame) -> nx.DiGraph:
    """All layers as one directed graph; ``"L1_3"`` is node 3 of the first hidden layer, inputs are L0.

    Nodes carry ``layer``, edges ``weight``. Write it with ``networkx.write_graphml``.
    """
    graph = nx.DiGraph()
    named = zip(table["layer"], table["source"], table["target"], table["weight"], strict=True)
    for layer, source, target, weight in named:
        graph.add_node(f"L{layer - 1}_{source}", layer=int(layer) - 1)
        graph.add_node(f"L{layer}_{target}", layer=int(layer))
        graph.add_edge(f"L{layer - 1}_{source}", f"L{layer}_{target}", weight=float(weight))
    return graph


def from_networkx(graph: nx.DiGraph) -> pd.DataFrame:
    """The edge table of a graph made by :func:`to_networkx`, or read back from GraphML."""
    rows = [
        (*_numbers(source), *_numbers(target), data["weight"])
        for source, target, data in graph.edges(data=True)
    ]
    table = pd.DataFrame(rows, columns=["left", "source", "layer", "target", "weight"]).drop(columns="left")
    ordered = table[["layer", "source", "target", "weight"]].sort_values(["layer", "target", "source"])
    return ordered.reset_index(drop=True)


def write_edge_lists(model: dict[str, Tensor], folder: Path) -> list[Path]:
    """Write the authors' text format: a file for each layer, ``layer1.txt`` …, in ``folder``.

    A first line with the numbers of nodes on the left and right, then a line for each edge, such as
    ``L0_12 L1_3 0.123456``: six decimals, so weights below 5·10⁻⁷ become 0. Biases are not written.
    """
    paths = []
    for layer, matrix in enumerate(_matrices(model), start=1):
        lines = [f"{matrix.shape[1]} {matrix.shape[0]}"]
        for target, row in enumerate(matrix.tolist()):
            lines += [
                f"L{layer - 1}_{source} L{layer}_{target} {weight:.6f}" for source, weight in enumerate(row)
            ]
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


def _matrices(model: dict[str, Tensor]) -> list[Tensor]:
    return [value for value in model.values() if value.ndim == 2]


def _numbers(name: str) -> tuple[int, int]:
    """``"L1_3"`` → (1, 3)."""
    layer, node = name.removeprefix("L").split("_")
    if not node.isdecimal():
        raise ValueError(f"{name!r} names no node")
    return int(layer), int(node)
