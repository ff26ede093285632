"""The weight matrices of a tagger, one at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from torch import Tensor, nn

from weightprobes.choices import check_choice
from weightprobes.models.distilbert import ATTENTION, FEED_FORWARD, Stage


@dataclass(frozen=True)
class Site:
    """A weight matrix: its ``block`` (0 for embeddings, one more than the last for the classifier), its
    name there, and the ``place`` of its stage in the tagger's chain."""

    block: int
    matrix: str
    place: int

    @property
    def name(self) -> str:
        """Like ``"block 1 lin1"``, ``"position"`` or ``"classifier"``."""
        return (
            self.matrix
            if self.matrix in ("word", "position", "classifier")
            else f"block {self.block} {self.matrix}"
        )


def sites(chain: list[Stage]) -> list[Site]:
    """All matrices of a chain of stages, in the order in which a token meets them."""
    return [Site(stage.block, matrix, place) for place, stage in enumerate(chain) for matrix in stage.modules]


def named(chain: list[Stage], names: list[str]) -> list[Site]:
    """The sites of these names, in the order of the chain; raises ValueError for a name it has not."""
    known = {site.name: site for site in sites(chain)}
    for name in names:
        check_choice("matrix", name, known)
    return [site for site in known.values() if site.name in names]


def every_site(blocks: int) -> list[str]:
    """The names of all matrices of a model of so many ``blocks``."""
    within = [*ATTENTION, *FEED_FORWARD]
    numbered = [f"block {block} {matrix}" for block in range(1, blocks + 1) for matrix in within]
    return ["word", "position", *numbered, "classifier"]


def paper_sites(blocks: int) -> list[str]:
    """The names of the paper's six (Fig. 5), from input to output; fewer if there is but one block."""
    numbered = [f"block {block} {matrix}" for block in sorted({1, blocks}) for matrix in FEED_FORWARD]
    return ["position", *numbered, "classifier"]


@contextmanager
def swapped(parameter: nn.Parameter, value: Tensor) -> Iterator[None]:
    """``parameter`` holds ``value``, of its shape, within the block, and its own weights again behind it."""
    own = parameter.data
    parameter.data = value.to(own)
    try:
        yield
    finally:
        parameter.data = own
