"""A tagger of our own: a pretrained encoder, fine-tuned on CoNLL-2003."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import LambdaLR

from weightprobes.datasets import conll2003
from weightprobes.datasets.conll2003 import TAGS, Sentence
from weightprobes.models import checkpoints
from weightprobes.models import tagger_scoring as scoring
from weightprobes.models.progress import bar
from weightprobes.models.spans import f1
from weightprobes.models.tagger import Batch, Tagger
from weightprobes.rng import generator


@dataclass(frozen=True)
class FineTuning:
    """The recipe of a tagger: a pretrained encoder ``base`` with a new classifier, tuned by AdamW.

    ``lr`` rises over the first tenth of the steps and falls to 0 in a line; gradients are clipped at norm
    1; ``batch`` is the number of sentences a step. The state after the epoch with the best F1 on the dev
    sentences is kept. ``weights`` and ``data`` name the files of the base and the sentences, and are filled
    in: the tagger's own weights are not known beforehand, but these decide them.
    """

    base: str = field(default=checkpoints.MINILM, compare=False)
    epochs: int = 3
    batch: int = 32
    lr: float = 1e-4
    weight_decay: float = 0.01
    seed: int = 0
    weights: str = ""
    data: str = field(default_factory=lambda: conll2003.DIGESTS["train"] + conll2003.DIGESTS["dev"])

    def __post_init__(self) -> None:
        if not self.weights:
            object.__setattr__(self, "weights", checkpoints.contents_of_encoder(self.base))
        for name in ("epochs", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} of a fine-tuning is {getattr(self, name)}: give 1 or more")

    @property
    def label(self) -> str:
        """For file names, like ``"all-MiniLM-L6-v2-0"``; not unique."""
        return f"{Path(self.base).name}-{self.seed}"


def fine_tune(
    tuning: FineTuning,
    train: Sequence[Sentence],
    dev: Sequence[Sentence],
    device: torch.device | str = "cpu",
) -> tuple[Tagger, pd.DataFrame]:
    """A tagger tuned on ``train``, and its log: ``seed, epoch`` (1…), mean ``loss`` a word, ``dev_f1``.

    The classifier's first weights, the order of the sentences and dropout depend on the seed alone; on a
    GPU the dropout is another one than on the CPU.
    """
    with _seeded(tuning.seed, torch.device(device)):
        tagger = _untuned(tuning.base, device)
        model, held_out = tagger.model, tagger.encoded(dev)
        batches = -(-len(train) // tuning.batch)
        optimizer = torch.optim.AdamW(model.parameters(), lr=tuning.lr, weight_decay=tuning.weight_decay)
        schedule = LambdaLR(optimizer, lambda step: _slope(step, tuning.epochs * batches))
        order = generator("order of sentences", tuning.seed)
        best, rows = {}, []
        with bar(total=tuning.epochs * batches, desc=f"fine-tune {tuning.label}", unit="step") as progress:
            for epoch in range(1, tuning.epochs + 1):
                losses = []
                for part in torch.randperm(len(train), generator=order).split(tuning.batch):
                    losses.append(_step(tagger, [train[place] for place in part], optimizer))
                    schedule.step()
                    progress.update()
                model.eval()
                found = float(f1(scoring.counts(tagger, held_out).sum(0)))
                if not best or found > max(row["dev_f1"] for row in rows):
                    best = {name: value.clone() for name, value in model.state_dict().items()}
                row = {"seed": tuning.seed, "epoch": epoch, "loss": sum(losses) / batches, "dev_f1": found}
                rows.append(row)
    model.load_state_dict(best)
    return tagger, pd.DataFrame(rows)


@contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Borrow PyTorch's global generators, which its initialisation and its dropout draw from."""
    rng = generator("fine-tuning", seed)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.set_rng_state(rng.get_state())
        if device.type == "cuda":
            torch.cuda.manual_seed(rng.initial_seed())
        yield


def _untuned(base: str, device: torch.device | str) -> Tagger:
    from weightprobes.models.hub import transformers

    encoder, tokenizer = checkpoints.encoder(base)
    encoder.config.id2label = dict(enumerate(TAGS))
    encoder.config.label2id = {tag: number for number, tag in enumerate(TAGS)}
    model = transformers.DistilBertForTokenClassification(encoder.config)
    model.distilbert = encoder
    return Tagger(model.eval().to(device), tokenizer, "untuned")


def _step(tagger: Tagger, sentences: Sequence[Sentence], optimizer: torch.optim.Optimizer) -> float:
    """One step down the mean loss of the words of ``sentences``, which is returned."""
    tagger.model.train()
    encoded = tagger.encoded(sentences)
    scores = [_scores(tagger.model, batch) for batch in encoded.batches]
    gold = torch.from_numpy(encoded.gold).to(tagger.model.device)
    loss = cross_entropy(torch.cat(scores), gold)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(tagger.model.parameters(), 1.0)
    optimizer.step()
    return loss.item()


def _scores(model: nn.Module, batch: Batch) -> Tensor:
    return model(input_ids=batch.ids, attention_mask=batch.mask).logits[batch.first]


def _slope(step: int, steps: int) -> float:
    warm = max(1, steps // 10)
    return min((step + 1) / warm, (steps - step) / max(1, steps - warm))
