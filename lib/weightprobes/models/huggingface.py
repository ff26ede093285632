"""A transformer with a head and data for it: the model, its score by item, and inputs to calibrate with."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from weightprobes.choices import check_choice
from weightprobes.models import loading
from weightprobes.rng import generator

#: The head of each task, and the columns of its data: what is read, and what is right.
TASKS = {
    "text-classification": ("AutoModelForSequenceClassification", "text", "label"),
    "token-classification": ("AutoModelForTokenClassification", "tokens", "ner_tags"),
    "fill-mask": ("AutoModelForMaskedLM", "text", "text"),
}

#: Items in a batch; the share of pieces that are masked; every so many-th item calibrates and is not scored.
BATCH, MASKED, HELD_OUT = 32, 0.15, 5

_NONE = -100  # what is right for a piece that is not asked for

#: Numbers of an item's pieces, and what is right for each, or for the item.
Example = tuple[list[int], list[int]]


def asked(
    name: str, task: str, data: str, *, split: str = "test", items: int = 1000, device: str = "cpu"
) -> dict[str, Any]:
    """The model called ``name``, of a folder or the hub, on the first ``items`` of ``data``.

    Returned are the arguments of :func:`weightprobes.diagnose`: ``model, evaluate, calibration, score``.
    ``data`` is a CSV or JSON-lines file, or the name of a set on the hub, with the columns in :data:`TASKS`;
    labels are the model's own, or their numbers. The score is the share of right answers (of right words,
    where words have labels), or the mean log-probability of masked pieces, always the same ones. What is
    longer than the model reads is cut. Raises ValueError for data that do not fit.
    """
    check_choice("task", task, TASKS)
    head, read, right = TASKS[task]
    rows = _rows(data, split, read, right)[:items]
    if len(rows) < 2 * HELD_OUT:
        raise ValueError(f"{data} has {len(rows)} items: give {2 * HELD_OUT} or more")
    model, tokenizer = loading.model(head, name).to(device).eval(), loading.tokenizer(name)
    most = min(tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", 512))
    options = {"truncation": True, "max_length": most, "return_special_tokens_mask": True}
    examples = [
        _example(tokenizer, options, model.config, task, row[read], row[right], number)
        for number, row in enumerate(rows)
    ]
    scored = [example for number, example in enumerate(examples) if number % HELD_OUT]
    batches = list(_batches(tokenizer, scored, device))

    def evaluate(model: nn.Module) -> Tensor:
        with torch.inference_mode():
            return torch.cat([_counts(task, model(**given).logits, wanted) for given, wanted in batches])

    calibration = [given for given, _ in _batches(tokenizer, examples[::HELD_OUT], device)]
    return {"model": model, "evaluate": evaluate, "calibration": calibration, "score": _share}


def _share(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0] / sums[..., 1]


def _rows(data: str, split: str, *columns: str) -> list[dict[str, Any]]:
    try:
        if Path(data).suffix in (".csv", ".json", ".jsonl"):
            lines = Path(data).suffix != ".csv"
            found = pd.read_json(data, lines=True) if lines else pd.read_csv(data, keep_default_na=False)
        else:
            import datasets

            found = datasets.load_dataset(data, split=split)
    except Exception as error:  # whatever these libraries stumble over
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise ValueError(
            f"the data {data} cannot be read ({reason}): name a CSV or JSON-lines file, or a set of the hub"
        ) from error
    for column in columns:
        if column not in (names := list(getattr(found, "column_names", found))):
            raise ValueError(f"{data} has no column {column!r}, only {', '.join(names)}: rename one")
    if isinstance(found, pd.DataFrame):
        return found.to_dict("records")
    kind = found.features[columns[1]]
    kind = getattr(kind, "feature", kind)  # numbers are those of the data set's labels, not of the model's
    told = getattr(kind, "int2str", lambda label: label)
    return [{**row, columns[1]: told(row[columns[1]])} for row in found]


def _example(
    tokenizer: Any, options: dict, config: Any, task: str, read: Any, right: Any, number: int
) -> Example:
    words = task == "token-classification"
    if words and not (isinstance(read, list) and isinstance(right, list) and len(read) == len(right)):
        raise ValueError(f"item {number} is no list of words with a list of as many labels: give JSON lines")
    pieces = tokenizer(read, is_split_into_words=words, **options)
    if task == "fill-mask":
        return _masked(pieces, tokenizer.mask_token_id, number)
    if task == "text-classification":
        return pieces["input_ids"], [_number(config, right)]
    of = pieces.word_ids()
    first = [word is not None and word != before for before, word in zip([None, *of], of, strict=False)]
    return pieces["input_ids"], [
        _number(config, right[word]) if begins else _NONE for word, begins in zip(of, first, strict=True)
    ]


def _number(config: Any, label: Any) -> int:
    name = label if isinstance(label, str) else config.id2label.get(label, label)
    check_choice("label", name, config.label2id)
    return config.label2id[name]


def _masked(pieces: Any, mask: int, number: int) -> Example:
    """An item with some pieces masked, the same ones whenever it has this ``number``."""
    ids = list(pieces["input_ids"])
    plain = [place for place, special in enumerate(pieces["special_tokens_mask"]) if not special]
    order = torch.randperm(len(plain), generator=generator("masked", number)).tolist()
    wanted = [_NONE] * len(ids)
    for place in order[: max(1, round(MASKED * len(plain)))]:
        wanted[plain[place]], ids[plain[place]] = ids[plain[place]], mask
    return ids, wanted


def _batches(
    tokenizer: Any, examples: Sequence[Example], device: str
) -> Iterator[tuple[dict[str, Tensor], Tensor]]:
    """Items sorted by length, which saves padding: what the model is given, and what is right."""
    by_length = sorted(examples, key=lambda example: len(example[0]))
    for first in range(0, len(by_length), BATCH):
        some = by_length[first : first + BATCH]
        given = tokenizer.pad({"input_ids": [ids for ids, _ in some]}, return_tensors="pt").to(device)
        yield dict(given), pad_sequence([torch.tensor(one) for _, one in some], True, _NONE).to(device)


def _counts(task: str, logits: Tensor, wanted: Tensor) -> Tensor:
    """What each item gets for its pieces, and how many of them are asked for: (items, 2)."""
    logits = logits[:, None] if logits.ndim == 2 else logits
    worth = (logits.argmax(-1) == wanted).float()
    if task == "fill-mask":
        worth = logits.log_softmax(-1).gather(-1, wanted.clamp(min=0)[..., None])[..., 0]
    asked = wanted != _NONE
    return torch.stack([(worth * asked).sum(1), asked.sum(1)], 1)
