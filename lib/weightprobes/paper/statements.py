"""What the paper states: its claims in our words, and the numbers that decide them, from ``data/``.

The numbering, the tolerances and the authors' values are those of the specification of their code
(``book/differences.ipynb`` tells where it comes from).
"""

import tomllib

import numpy as np
import pandas as pd

from weightprobes import paths


def sentences() -> pd.DataFrame:
    """One row per claim: ``claim`` (its number), ``figure, sentence, chapter``, and ``why`` it may not be
    testable here, empty for most."""
    claims = tomllib.loads((paths.HOME / "data" / "claims.toml").read_text(encoding="utf-8"))["claims"]
    return pd.DataFrame(claims).rename(columns={"number": "claim"}).fillna({"why": ""})


def numbers() -> pd.DataFrame:
    """One row per number: its ``claim``, the ``quantity`` in words, the range ``low`` … ``high`` that the
    claim gives it, the ``authors``' value (NaN if unknown), and the ``unit``: "accuracy", a fraction of one
    that readers see in percent; "points", a difference of two; or "number".

    Bounds are infinite where the claim says nothing; a number without any decides nothing.
    """
    # the default engine of pandas 3.0 reads some bounds wrong in their last bit
    rows = pd.read_csv(paths.HOME / "data" / "claims.csv", engine="pyarrow")
    return rows.fillna({"low": -np.inf, "high": np.inf})
