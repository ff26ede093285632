"""Claims: how a verdict comes about, and that the recorded ones stand."""

import numpy as np
import pytest

from weightprobes import claims
from weightprobes.claims import Claim, Quantity
from weightprobes.sweep import Sweep

# Computed from the kept tables. If a number moved on purpose, say so in the change log.
VERDICTS = {
    1: "reproduced",
    2: "reproduced",
    3: "reproduced",
    4: "reproduced",
    5: "reproduced",
    6: "reproduced",
    7: "reproduced",
    8: "reproduced",
    9: "reproduced",
    10: "reproduced",
    11: "partly",
    12: "reproduced",
    13: "partly",
    14: "reproduced",
    15: "partly",
    16: "reproduced",
    17: "reproduced",
    18: "reproduced",
    19: "reproduced",
    20: "partly",
    21: "reproduced",
    22: "reproduced",
}


def quantity(value, low=-np.inf, high=np.inf, **more):
    """A quantity whose measured value is ``value`` and whose resamples are 0, 0.01, …, 1."""
    return Quantity("made up", lambda: np.array([value, *np.linspace(0, 1, 101)]), low, high, **more)


def test_the_recorded_verdicts_stand(monkeypatch):
    monkeypatch.setattr(Sweep, "_make", lambda sweep, seeds: pytest.fail(f"no kept table of {sweep}"))
    card = claims.scorecard()
    assert dict(zip(card["claim"], card["verdict"], strict=True)) == VERDICTS


def test_every_claim_has_a_number_and_a_sentence_of_its_own():
    assert len({claim.number for claim in claims.CLAIMS}) == len(claims.CLAIMS)
    assert len({claim.sentence for claim in claims.CLAIMS}) == len(claims.CLAIMS)
    assert all(claim.quantities for claim in claims.CLAIMS)


@pytest.mark.parametrize(
    ("value", "low", "high", "holds"),
    [
        (0.5, 0.4, 0.6, True),
        (0.4, 0.4, 0.6, True),
        (0.6, 0.4, 0.6, True),
        (0.39, 0.4, 0.6, False),
        (0.61, 0.4, 0.6, False),
        (0.9, 0.4, np.inf, True),
        (-9, -np.inf, 0.6, True),
        (np.nan, -np.inf, np.inf, False),
    ],
)
def test_a_quantity_holds_when_the_measured_value_lies_in_its_range(value, low, high, holds):
    assert quantity(value, low, high).answer()["holds"] is holds


def test_the_interval_leaves_out_the_measured_value():
    answer = quantity(7, authors=0.5).answer()
    assert (answer["ours"], answer["authors"]) == (7, 0.5)
    assert (answer["interval_low"], answer["interval_high"]) == pytest.approx((0.025, 0.975))


def test_a_value_that_does_not_exist_has_no_interval():
    answer = Quantity("made up", lambda: np.full(11, np.nan)).answer()
    assert all(np.isnan(answer[part]) for part in ("ours", "interval_low", "interval_high", "authors"))


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([0.5, 0.6], "reproduced"),
        ([0.5, 0.2], "partly"),
        ([0.1, 0.5, 0.6], "partly"),
        ([0.1, 0.2], "not reproduced"),
        ([np.nan], "not reproduced"),
    ],
)
def test_the_verdict_counts_the_deciding_quantities_that_hold(monkeypatch, values, verdict):
    told = quantity(0.1)  # without bounds, so that it decides nothing
    made_up = Claim(99, "1", "Made up.", "pruning", (told, *(quantity(value, 0.4) for value in values)))
    sure = Claim(98, "1", "Sure.", "pruning", (quantity(0.9, 0.4),))
    monkeypatch.setattr(claims, "CLAIMS", (made_up, sure))
    assert claims.scorecard()[["claim", "verdict"]].to_numpy().tolist() == [[99, verdict], [98, "reproduced"]]
    assert len(claims.answers()) == len(values) + 2
    assert claims.answers(98)["claim"].tolist() == [98]


def test_answers_are_shown_in_percent_or_as_they_are(monkeypatch):
    made_up = Claim(
        99,
        "1",
        "Made up.",
        "pruning",
        (
            quantity(0.5, 0.4, authors=0.25),
            quantity(0.5, 0.4, 0.6, percent=False),
            quantity(np.nan, high=0.6),
            quantity(0.5),
            quantity(-0.0004, 0.4),
        ),
    )
    monkeypatch.setattr(claims, "CLAIMS", (made_up,))
    words = claims.in_words(claims.answers()).map(lambda word: str(word).replace("\N{NO-BREAK SPACE}", " "))
    assert words["ours"].tolist() == ["50.0 %", "0.500", "–", "50.0 %", "0.0 %"]
    assert words["95 % interval"].tolist()[:2] == ["2.5 % … 97.5 %", "0.025 … 0.975"]
    assert words["authors'"].tolist() == ["25.0 %", "–", "–", "–", "–"]
    assert words["claimed"].tolist() == ["≥ 40.0 %", "0.400 … 0.600", "≤ 60.0 %", "–", "≥ 40.0 %"]
    assert words["holds"].tolist() == ["yes", "yes", "no", "–", "no"]
