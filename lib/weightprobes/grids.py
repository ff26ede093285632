"""The paper's grids of strengths, as its released code has them."""

import numpy as np

# The fractions kept; the code lists .15 twice and leaves .16 out.
_KEPT_PRUNING = [
    *(1, 0.9, 0.8, 0.7, 0.65, 0.6, 0.55, 0.5, 0.47, 0.45, 0.4, 0.35, 0.3, 0.25, 0.23, 0.21),
    *(0.2, 0.19, 0.18, 0.17, *(round(percent / 100, 2) for percent in range(15, 0, -1)), 0.005, 0.001),
]
_KEPT_SHUFFLE = [
    *(1, 0.9, 0.8, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1),
    *(0.05, 0.04, 0.03, 0.02, 0.01, 0.005, 0.001),
]

#: Fractions removed, p: 37 of Fig. 1a,b, and 23 of Fig. 3.
PRUNE = tuple(round(1 - kept, 6) for kept in _KEPT_PRUNING)
SHUFFLE = tuple(round(1 - kept, 6) for kept in _KEPT_SHUFFLE)

#: Half-widths of the noise, a, in weight units: 30 of Fig. 1c,d, and 0 for the reference.
NOISE = (0.0, *(float(a) for a in 2.0 ** np.linspace(-10, 0, 30)))

#: Fractions of flipped signs, q: 30 of Fig. 1e,f.
FLIP = tuple(float(q) for q in np.linspace(0, 1, 30))

#: Shares of the way from weights to signs, s; not the paper's.
BINARIZE = tuple(step / 10 for step in range(11))

#: Shares of the weights that take part in a shuffle; the paper has 1 only.
PARTIAL = BINARIZE
