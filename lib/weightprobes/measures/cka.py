"""How alike two representations of the same tokens are: linear CKA (Kornblith et al., arXiv 1905.00414)."""

from typing import NamedTuple

import torch
from torch import Tensor


class Cka(NamedTuple):
    """Two estimates of one similarity."""

    biased: float
    unbiased: float


def cka(first: Tensor, second: Tensor) -> Cka:
    """Linear CKA of representations (tokens, features) and (tokens, other features) of the same tokens.

    1 if one is a rotation, shift or multiple of the other. ``biased`` is the ratio of plain HSIC
    estimates, 0…1, above 0 even for independent representations unless tokens are many more than
    features; ``unbiased`` takes Song et al.'s estimates (JMLR 13, 2012), as Nguyen et al. (arXiv
    2010.15327), needs four tokens, and can be below 0. NaN if either does not vary over the tokens.
    """
    if any((one == one[0]).all() for one in (first, second)):
        return Cka(float("nan"), float("nan"))
    # half precision would lose the unbiased estimate in the sums
    full = [one.to(torch.promote_types(one.dtype, torch.float32)) for one in (first, second)]
    x, y = (one - one.mean(0) for one in full)
    both = zip(_hsic(x, y), _hsic(x, x), _hsic(y, y), strict=True)
    return Cka(*(xy / (xx * yy) ** 0.5 if xx * yy > 0 else float("nan") for xy, xx, yy in both))


def _hsic(x: Tensor, y: Tensor) -> tuple[float, float]:
    """HSIC of linear kernels of centred ``x`` and ``y``: the plain estimate and the unbiased one, each
    without the factor that cancels in a ratio.

    With K = x xᵀ and L = y yᵀ less their diagonals k and l, the latter is
    tr(K L) + ΣK ΣL / ((n - 1)(n - 2)) - 2 / (n - 2) · 1ᵀ K L 1; K and L themselves, (n, n), are never made.
    """
    n = len(x)
    plain = (x.T @ y).double().square().sum().item()
    if n < 4:
        return plain, float("nan")
    x, y = x.double(), y.double()
    of_x, of_y = x.square().sum(1), y.square().sum(1)
    rows_x, rows_y = x @ x.sum(0) - of_x, y @ y.sum(0) - of_y
    sums = rows_x.sum() * rows_y.sum() / ((n - 1) * (n - 2))
    return plain, (plain - of_x @ of_y + sums - 2 / (n - 2) * (rows_x @ rows_y)).item()
