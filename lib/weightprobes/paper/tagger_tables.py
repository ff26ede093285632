"""The tables of the book's chapter on DistilBERT; the same for any tagger.

Each function returns kept rows; what is missing is made on ``device`` and kept.
"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import torch

from weightprobes.choices import check_choice
from weightprobes.engine.tagger_card import Card, Log, Model
from weightprobes.engine.tagger_sweep import SiteSweep
from weightprobes.measures.tagger_similarity import Damage
from weightprobes.models.checkpoints import AUTHORS, MINILM, Checkpoint, commit
from weightprobes.models.distilbert import matrices, paper_matrices
from weightprobes.models.finetuning import FineTuning
from weightprobes.paper import tagger_grids as grids
from weightprobes.probes import Flip, Noise, Prune, Pruned, Shuffle
from weightprobes.tables import tables

PRUNE, NOISE, FLIP = Prune("smallest"), Noise("normal"), Flip("smallest")
NULLS = {"random": Pruned(Shuffle("random")), "within_sign": Pruned(Shuffle("within_sign"))}
GRIDS = ("ours", "paper")


def tagger(name: str, revision: str = "main", half: bool = False) -> Model:
    """The recipe of the tagger called ``name``: our own fine-tuning of
    :data:`~weightprobes.models.checkpoints.MINILM`, a folder with a checkpoint, or a model of the hub.

    The last two may have a ``revision``, and matrix products in ``half`` precision; raises ValueError
    where the first is given one.
    """
    if name != MINILM:
        model = Checkpoint(name, revision, half)
        # a branch moves: the recipe holds the commit that it stands for today
        return model if model.folder else replace(model, revision=commit(name, revision))
    if half or revision != "main":
        raise ValueError(f"{MINILM} is fine-tuned here, in single precision: leave revision and half out")
    return FineTuning()


def fill(model: Model, grid: str = "ours", device: torch.device | str = "cpu") -> None:
    """Make every table that is missing."""
    check_choice("grid", grid, GRIDS)
    if isinstance(model, FineTuning):
        Log(model).table(device=device)
    claimed(model, device)
    whole(model, device)
    everywhere(model, device)
    curves(model, grid, device)
    similarities(model, device)


def curves(model: Model, grid: str = "ours", device: torch.device | str = "cpu") -> pd.DataFrame:
    """The paper's six matrices along whole grids of five probes.

    ``"ours"``: 25 to 31 strengths of the paper's grids, three draws of random numbers, a sample of
    the sentences. ``"paper"``: all 30 to 100 strengths, five draws, all sentences; some 35 times the work.
    """
    check_choice("grid", grid, GRIDS)
    full = grid == "paper"
    noise, flip, shuffle = (
        (grids.NOISE, grids.FLIP, grids.PRUNE)
        if full
        else (grids.OUR_NOISE, grids.OUR_FLIP, grids.OUR_SHUFFLE)
    )
    draws, size = (grids.DRAWS, {"sentences": None}) if full else (grids.OUR_DRAWS, {})
    sweeps = [
        SiteSweep(model, PRUNE, grids.PRUNE, ("float", "sign", "scaled"), **size),
        SiteSweep(model, FLIP, flip, **size),
        SiteSweep(model, NOISE, noise, draws=draws, **size),
        *(SiteSweep(model, null, shuffle, draws=draws, **size) for null in NULLS.values()),
    ]
    return _tables(sweeps, paper_matrices(_blocks(model, device)), device)


def everywhere(model: Model, device: torch.device | str = "cpu") -> pd.DataFrame:
    """Every matrix at one strength of each probe, on the sample of sentences."""
    sweeps = [
        SiteSweep(model, PRUNE, (0.0,), ("float", "sign", "scaled", "row", "loud")),
        SiteSweep(model, PRUNE, (0.5,)),
        SiteSweep(model, FLIP, (0.25,)),
        SiteSweep(model, NOISE, (0.1,)),
        SiteSweep(model, Shuffle("random"), (1.0,)),
    ]
    return _tables(sweeps, list(matrices(_blocks(model, device))), device)


def whole(model: Model, device: torch.device | str = "cpu") -> pd.DataFrame:
    """Every matrix as it is, by its signs, and shuffled within signs (B), on the whole test set."""
    sweep = SiteSweep(model, Shuffle("within_sign"), (0.0, 1.0), sentences=None)
    return sweep.table(list(matrices(_blocks(model, device))), device)


def claimed(model: Model, device: torch.device | str = "cpu") -> pd.DataFrame:
    """What the paper's bars show of its six matrices: with 0.1 % of the weights gone, and with half of them,
    on the whole test set; shuffles are drawn five times."""
    return _tables(_claimed(model), paper_matrices(_blocks(model, device)), device)


def similarities(model: Model, device: torch.device | str = "cpu") -> pd.DataFrame:
    """CKA between the paper's six matrices, at strengths that the authors show."""
    return pd.concat([recipe.table(device=device) for recipe in _damages(model)], ignore_index=True)


def measured(name: str = AUTHORS) -> Checkpoint | None:
    """The tagger of this ``name`` whose answers to the claims 26 to 29 are kept, at whatever revision.

    No hub is asked; None if there is none.
    """
    for recipe in tables.recipes(Card(Checkpoint(name)).name):
        model = Checkpoint(**recipe["Card"]["model"]["Checkpoint"])
        # a folder may have the same label
        if model.name == name and has_answers(model):
            return model
    return None


def has_answers(model: Model) -> bool:
    """Whether the tables behind the claims 26 to 29 are kept, so that nothing need be made to read them."""
    recipes = (Card(model), *_claimed(model), *_damages(model))
    return all(tables.is_kept(recipe.name, recipe) for recipe in recipes)


def _claimed(model: Model) -> list[SiteSweep]:
    shuffled = {"readings": ("float",), "draws": grids.DRAWS, "sentences": None}
    return [
        SiteSweep(model, PRUNE, (0.001, 0.5), sentences=None),
        *(SiteSweep(model, null, (0.001,), **shuffled) for null in NULLS.values()),
    ]


def _damages(model: Model) -> list[Damage]:
    shuffled = {"strengths": (0.01, 0.5), "readings": ("float",), "draws": grids.OUR_DRAWS}
    return [
        Damage(model, PRUNE, grids.CKA_PRUNE),
        Damage(model, FLIP, grids.CKA_FLIP),
        Damage(model, NOISE, grids.CKA_NOISE, draws=grids.OUR_DRAWS),
        *(Damage(model, null, **shuffled) for null in NULLS.values()),
        Damage(model, NOISE, grids.CKA_NOISE, ("float",), sentences=None),
    ]


def _tables(sweeps: Sequence[SiteSweep], names: Sequence[str], device: torch.device | str) -> pd.DataFrame:
    return pd.concat([sweep.table(names, device) for sweep in sweeps], ignore_index=True)


def _blocks(model: Model, device: torch.device | str) -> int:
    return int(Card(model).table(device=device)["blocks"].item())
