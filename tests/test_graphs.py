"""The graph view, and the files graphs travel in."""

import networkx as nx
import pandas as pd
import pytest
import torch

from weightprobes.measures import graphs
from weightprobes.models.mlp import mlp
from weightprobes.rng import generator


@pytest.fixture
def model() -> dict[str, torch.Tensor]:
    named = dict(mlp(5, (4, 3), 2).state_dict())
    for name, value in named.items():
        value.copy_(torch.empty_like(value).normal_(generator=generator("graph", name)))
        value.view(-1)[:2] = 0
    return named


def weights(model: dict[str, torch.Tensor]) -> list[torch.Tensor]:
    return [value for name, value in model.items() if name.endswith("weight")]


def test_an_edge_is_a_non_zero_weight(model):
    table = graphs.edges(model)
    assert len(table) == sum(int((matrix != 0).sum()) for matrix in weights(model))
    for row in table.itertuples():
        assert weights(model)[row.layer - 1][row.target, row.source].item() == pytest.approx(row.weight)


def test_edges_give_the_matrices_back(model):
    for ours, theirs in zip(graphs.matrices(graphs.edges(model), [5, 4, 3, 2]), weights(model), strict=True):
        assert torch.equal(ours, theirs)


def test_degrees_and_strengths_are_sums_over_edges(model):
    nodes = graphs.nodes(graphs.edges(model)).set_index(["layer", "side", "node"])
    matrix = weights(model)[0]
    for node in range(4):
        row = nodes.loc[(1, "right", node)]
        assert row["positive_degree"] == int((matrix[node] > 0).sum())
        assert row["negative_strength"] == pytest.approx(matrix[node].clamp(max=0).sum().item(), abs=1e-6)
    for node in range(5):
        row = nodes.loc[(1, "left", node)]
        assert row["negative_degree"] == int((matrix[:, node] < 0).sum())
        assert row["positive_strength"] == pytest.approx(matrix[:, node].clamp(min=0).sum().item(), abs=1e-6)


def test_networkx_and_graphml_keep_every_edge(model, tmp_path):
    table = graphs.edges(model)
    graph = graphs.to_networkx(table)
    assert nx.is_bipartite(graph)  # layers alternate
    nx.write_graphml(graph, tmp_path / "model.graphml")
    for again in (
        graphs.from_networkx(graph),
        graphs.from_networkx(nx.read_graphml(tmp_path / "model.graphml")),
    ):
        pd.testing.assert_frame_equal(again, table, check_dtype=False)


def test_the_authors_text_files_keep_six_decimals_and_no_biases(model, tmp_path):
    paths = graphs.write_edge_lists(model, tmp_path)
    first = paths[0].read_text().splitlines()
    assert first[0] == "5 4"
    assert first[3] == f"L0_2 L1_0 {weights(model)[0][0, 2].item():.6f}"
    for ours, theirs in zip(graphs.read_edge_lists(paths), weights(model), strict=True):
        assert torch.allclose(ours, theirs, atol=5e-7, rtol=0)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "line 1"),
        ("five 4\n", "line 1"),
        ("5 4\nL0_1 L1_1\n", "line 2"),
        ("5 4\nL0_1 L1_1 0.5\nL0_5 L1_0 0.5\n", "line 3"),
        ("5 4\nL0_-1 L1_0 0.5\n", "line 2"),
        ("5 4\nL0_1 L1_1 much\n", "line 2"),
    ],
)
def test_a_damaged_text_file_is_named_with_its_line(tmp_path, text, line):
    path = tmp_path / "layer1.txt"
    path.write_text(text)
    with pytest.raises(graphs.EdgeListError, match=f"layer1.txt, {line}"):
        graphs.read_edge_lists([path])
