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

# 2 ** np.linspace(-10, 0, 30), written down: machines differ in the last digit of a power, and with it
# would differ the recipes.
_NOISE = [
    *(0.0009765625, 0.00124023359202553, 0.001575095667495474, 0.002000370234861324),
    *(0.002540468594445325, 0.0032263930780845784, 0.004097516622355603, 0.005203842825142688),
    *(0.00660887621566771, 0.008393267495126687, 0.010659442989375585, 0.013537484050129537),
    *(0.01719259388977201, 0.02183458045557567, 0.02772989967235997, 0.03521695035101038),
    *(0.04472549871003479, 0.05680134750236637, 0.07213766578662421, 0.09161477771149525),
    *(0.11635069423999818, 0.14776528839878358, 0.1876617977932919, 0.23833033273665855),
    *(0.3026793314904328, 0.384402508314896, 0.48819087735911126, 0.620002022831294),
    *(0.7874020718992891, 1.0),
]

#: Half-widths of the noise, a, in weight units: 30 of Fig. 1c,d, and 0 for the reference.
NOISE = (0.0, *_NOISE)

#: Fractions of flipped signs, q: 30 of Fig. 1e,f.
FLIP = tuple(float(q) for q in np.linspace(0, 1, 30))

#: For any strength from 0 to 1.
TENTHS = tuple(step / 10 for step in range(11))

#: Shares of the way from weights to signs, s; not the paper's.
BINARIZE = TENTHS

#: Shares of the weights that take part in a shuffle; the paper has 1 only.
PARTIAL = TENTHS
