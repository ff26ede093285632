"""Bipartite null models: shuffle the weights among the edges (Fig. 2)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from weightprobes.choices import check_choice
from weightprobes.probes.order import count
from weightprobes.probes.probe import Probe

#: Each edge's group, shape of the weight (out, in); weights are shuffled within their group.
GROUPS: dict[str, Callable[[Tensor], Tensor]] = {
    "random": lambda weight: torch.zeros_like(weight),
    "within_sign": lambda weight: weight.sign(),
}


@dataclass(frozen=True)
class Shuffle(Probe):
    """Permute the weights uniformly among the non-zero positions of each group.

    ``null`` says what the groups are, and so what survives (the paper's letters, spec of its Fig. 2):

    - ``"random"`` (A): one group; the mask and the multiset of weights survive;
    - ``"within_sign"`` (B): positive and negative weights apart; the sign matrix survives too.

    ``strength`` is the fraction of the non-zero weights that take part, a uniform draw; the paper
    shuffles all, strength 1. Biases, of shape (n,), are no edges and stay as they are.
    """

    null: str = "random"

    def __post_init__(self) -> None:
        check_choice("null model", self.null, GROUPS)

    def plan(self, weight: Tensor, rng: Generator) -> Callable[[float], Tensor]:
        if weight.ndim == 1:
            return lambda strength: weight.clone()
        edges = weight.flatten().nonzero().squeeze(1)
        group = GROUPS[self.null](weight).flatten()[edges].double()
        lottery = torch.randperm(len(edges), generator=rng)
        key = torch.rand(len(edges), generator=rng, dtype=torch.float64)

        def shuffled(strength: float) -> Tensor:
            takes_part = lottery < count(strength, len(edges))
            taking, groups = edges[takes_part], group[takes_part]
            slots = taking[groups.argsort(stable=True)]
            sources = taking[(groups + key[takes_part]).argsort()]
            out = weight.clone()
            out.view(-1)[slots] = weight.flatten()[sources]
            return out

        return shuffled
