"""The paper's grids of strengths for one matrix of DistilBERT, and the parts of them that are kept."""

import numpy as np

#: Fractions kept by pruning, and by pruning before a shuffle: 30; the dense matrix is not among them.
_KEPT = [
    *(0.999, 0.9, 0.8, 0.7, *(percent / 100 for percent in range(65, 5, -5)), 0.05, 0.04, 0.03, 0.02, 0.01),
    *(0.005, 0.002, 0.001, 5e-5, 2e-5, 1e-5, 5e-6, 2e-6, 1e-6),
]
PRUNE = (0.0, *(round(1 - kept, 6) for kept in _KEPT))

#: Standard deviations of normal noise, in weight units: 100.
NOISE = tuple(round(float(a), 6) for a in np.linspace(0, 1, 100))

#: Fractions of flipped signs: 50.
FLIP = tuple(round(float(q), 6) for q in np.linspace(0, 1, 50))

#: Random numbers are drawn five times.
DRAWS = 5

#: What our own curves have: strengths of the same grids, dense where curves fall.
OUR_NOISE = tuple(NOISE[place] for place in (*range(14), 16, 18, 20, 23, 26, 30, 36, 45, 60, 80, 99))
OUR_FLIP = (*FLIP[:-2:2], FLIP[-1])
OUR_SHUFFLE = (*PRUNE[1:22], *PRUNE[23::2])
OUR_DRAWS = 3

#: Where the authors' similarities of representations could be read: parts of 20 strengths of noise and of
#: flips, and of 13 fractions kept.
CKA_NOISE = (0.052632, 0.105263, 0.210526, 0.526316, 1.0)
CKA_FLIP = (0.263158, 0.526316, 0.684211, 0.789474, 0.894737, 0.947368, 1.0)
CKA_PRUNE = (0.01, 0.5, 0.9, 0.95, 0.99)
