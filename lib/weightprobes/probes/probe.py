"""What a probe is, and what all of them share."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import Field, fields
from typing import Any, ClassVar

from weightprobes.lazy import torch
from weightprobes.probes import grids


class Probe(ABC):
    """A way to simplify one model's weight tensor, ``(out, in)``, or bias, ``(n,)``, more or less.

    Laws: the input is never modified; the result has its shape; zeros stay zero; strength 0 is the
    identity; the same generator gives the same draw. A probe is a value: a frozen dataclass whose
    fields, if it has any, choose the variant.
    """

    #: Of a dataclass, as those who derive from it are.
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    #: The largest strength; the smallest is 0. Where it is infinite, any finite strength is right.
    strongest: ClassVar[float] = 1.0

    #: The strengths that a run asks it at, unless it is given others.
    grid: ClassVar[tuple[float, ...]] = grids.TENTHS

    #: Whether the probe needs to know which edge belongs to which node.
    structural: ClassVar[bool] = False

    @abstractmethod
    def plan(self, weight: torch.Tensor, rng: torch.Generator) -> Callable[[float], torch.Tensor]:
        """Do once what does not depend on the strength; return the function of the strength.

        Random numbers are drawn here, so all strengths of one plan share them: what is pruned at
        p = 0.2 is also pruned at p = 0.3, and no strength moves another one's draw.
        """

    def on(self, weight: torch.Tensor, rng: torch.Generator) -> Callable[[float], torch.Tensor]:
        """``weight`` as a function of the strength: a whole grid for the price of one ranking.

        Raises ValueError for a strength outside the probe's range, and for a probe that makes something else
        than a weight of the same shape and type.
        """
        at = self.plan(weight, rng)

        def probed(strength: float) -> torch.Tensor:
            self.check(strength)
            made = at(strength)
            if (getattr(made, "shape", None), getattr(made, "dtype", None)) != (weight.shape, weight.dtype):
                raise ValueError(
                    f"{self} makes {_told(made)} of {_told(weight)}: return a weight of that shape and type"
                )
            return made

        return probed

    def __call__(self, weight: torch.Tensor, strength: float, rng: torch.Generator) -> torch.Tensor:
        """``weight`` probed at ``strength``, a new tensor of the same shape."""
        return self.on(weight, rng)(strength)

    def check(self, strength: float) -> None:
        """Raise ValueError unless ``strength`` is in the probe's range."""
        if not (0 <= strength <= self.strongest and math.isfinite(strength)):
            endless = math.isinf(self.strongest)
            right = "finite and 0 or more" if endless else f"between 0 and {self.strongest:g}"
            raise ValueError(f"strength {strength!r} of {self} is not {right}")

    @property
    def name(self) -> str:
        """The probe's name in tables, like ``"prune"``."""
        return type(self).__name__.lower()

    @property
    def variant(self) -> str:
        """The variant's name in tables, like ``"smallest"``; the values of the fields, if there are any."""
        return "-".join(str(getattr(self, field.name)) for field in fields(self))

    @property
    def label(self) -> str:
        """Name and variant as one, like ``"prune-smallest"``, for runs, the command line and file names."""
        return f"{self.name}-{self.variant}" if self.variant else self.name


def _told(weight: Any) -> str:
    """For errors, like ``"a float32 of (64, 784)"``."""
    if not hasattr(weight, "dtype"):
        return f"a {type(weight).__name__}"
    return f"a {str(weight.dtype).removeprefix('torch.')} of {tuple(weight.shape)}"
