"""A model under test: how it is scored and refitted, and that it is left as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from weightprobes.engine import refit
from weightprobes.engine.item_bootstrap import Score, resampled
from weightprobes.engine.refit import Keep, Moments
from weightprobes.engine.sites import Site, swapped
from weightprobes.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor, nn

#: What gives outputs their levels back, if anything does (:data:`~weightprobes.engine.refit.Keep`).
Refit = Literal["none", "corrected", "calibrated", "affine"]

#: A model → a number, higher is better; or an array (items,) or (items, k).
Evaluate = Callable[["nn.Module"], Any]


@contextmanager
def resting(model: nn.Module) -> Iterator[None]:
    """Within the block, ``model`` is in evaluation mode; behind it, its modes and buffers are as before."""
    modes = [(module, module.training) for module in model.modules()]
    buffers = [
        (module, name, buffer, buffer.clone())
        for module in model.modules()
        for name, buffer in module._buffers.items()
        if buffer is not None
    ]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        with torch.no_grad():
            for module, name, buffer, own in buffers:
                module._buffers[name] = buffer.copy_(own)


@dataclass
class Subject:
    """``model``, scored by ``evaluate`` and ``score``, whose ``sites`` may change; refits are fitted to the
    ``batches`` of inputs: tensors, tuples of arguments, or mappings of named ones."""

    model: nn.Module
    evaluate: Evaluate
    score: Score | None
    sites: Sequence[Site]
    batches: Iterable[Any] = ()

    def __post_init__(self) -> None:
        if not callable(self.evaluate):
            raise ValueError(
                f"evaluate is a {type(self.evaluate).__name__}: give a function that scores the model"
            )
        if isinstance(self.batches, torch.Tensor | Mapping):
            raise ValueError("calibration is one batch of inputs: give a list of them, [batch]")
        self.batches = list(self.batches)

    @cached_property
    def whole(self) -> np.ndarray:
        """The score of the model as it is, resampled. Raises ValueError if it is no finite number."""
        found = resampled(self._found, self.score)
        if not np.isfinite(found[0]):
            raise ValueError(f"the model as it is scores {found[0]}, so nothing can be compared with it")
        return found

    @cached_property
    def _found(self) -> Any:
        return self.evaluate(self.model)

    def same(self, *found: Any) -> bool:
        """Whether evaluations ``found`` what is found for the model as it is: by the first of them if there
        are two, and none was before."""
        if len(found) > 1:
            self.__dict__.setdefault("_found", found[0])
        return all(np.array_equal(resampled(one, self.score), self.whole) for one in found)

    def changed(self, values: Mapping[Site, Tensor], refits: Mapping[Site, Refit]) -> np.ndarray:
        """The score, resampled, when sites hold ``values``, (outputs, ...), and layers have ``refits``."""
        keep = self._kept(refits)  # of the weights as they are, so before they change
        with swapped(values), self._refitted(keep):
            found = self.evaluate(self.model)
        scores = resampled(found, self.score)
        shape, before = tuple(np.shape(found)), tuple(np.shape(self._found))
        if shape != before:
            raise ValueError(
                f"evaluate gives {shape} values, and gave {before} before: "
                "let it give the same items in the same order"
            )
        return scores

    def _kept(self, refits: Mapping[Site, Refit]) -> dict[str, Keep]:
        """What each module is to keep; raises ValueError for one that puts out no units."""
        keep: dict[str, Keep] = {}
        for site, how in refits.items():
            if how != "none":
                self.check_refit(site)
                keep |= dict.fromkeys(self._modules([site]), how)
        return keep

    def _refitted(self, keep: Mapping[str, Keep]) -> AbstractContextManager[Any]:
        if not keep:
            return nullcontext()
        wanted = {name: before for name, before in self.moments.items() if name in keep}
        modules = {name: self.model.get_submodule(name) for name in wanted}
        return refit.corrected(modules, refit.refits(self._run, modules, self.batches, wanted, keep))

    def can_be_refitted(self, site: Site) -> bool:
        """Whether all that use the site's weight put out units. Raises ValueError if there are no inputs."""
        if not self.batches:
            raise ValueError("refits are fitted to inputs: give some as calibration, or ask for no refits")
        return self.moments.keys() >= self._modules([site]).keys()

    def check_refit(self, site: Site) -> None:
        """Raise ValueError unless :meth:`can_be_refitted`."""
        if not self.can_be_refitted(site):
            raise ValueError(
                f"{site.name} cannot be refitted, since its {site.kind} puts out no units of its own here: "
                "leave it out with layers, or ask for no refits"
            )

    @cached_property
    def moments(self) -> dict[str, Moments]:
        """What the layers of all sites put out before anything changes, in the order in which they do."""
        modules = self._modules(self.sites).items()
        known = {name: module for name, module in modules if refit.unit_axis(module) is not None}
        return refit.moments(self._run, known, self.batches)

    def _modules(self, some: Iterable[Site]) -> dict[str, nn.Module]:
        """The modules that own the sites' weights, by name."""
        owners = {id(module) for site in some for module in site.modules}
        return {name: module for name, module in self.model.named_modules() if id(module) in owners}

    def _run(self, batch: Any) -> object:
        if isinstance(batch, Mapping):
            return self.model(**batch)
        return self.model(*batch) if isinstance(batch, tuple | list) else self.model(batch)
