"""What probing one matrix of a tagger costs, beside the way one would write it first.

Run by ``make bench``; needs CoNLL-2003 and the fine-tuned tagger (made if it is missing). Writes
``data/results/ner_cost.parquet``, which the chapter on DistilBERT shows.
"""

import platform
import time
from collections.abc import Sequence

import pandas as pd
import torch

from weightprobes import paths
from weightprobes.datasets import conll2003
from weightprobes.datasets.conll2003 import Sentence
from weightprobes.engine.sites import Site
from weightprobes.engine.tagger_card import tagger_of
from weightprobes.engine.tagger_sweep import block_of, sites_of, sweep
from weightprobes.models import spans
from weightprobes.models.finetuning import FineTuning
from weightprobes.models.tagger import Tagger
from weightprobes.probes import Prune
from weightprobes.rng import generator
from weightprobes.tables import tables

SENTENCES = 96
#: A curve's worth of strengths for ours, which does some work once; the other way costs each the same.
STRENGTHS = tuple(step / 25 for step in range(1, 26))
FEW = (0.2, 0.6)
BATCH = 32


@torch.inference_mode()
def straightforward(tagger: Tagger, sentences: Sequence[Sentence], site: Site) -> list[float]:
    """F1 of each setting by a whole forward pass over batches of 32 sentences in their order."""
    parameter, found = site.parameter, []
    own = parameter.detach().clone()
    for strength in FEW:
        probed = Prune("smallest")(own, strength, generator("benchmark"))
        for value in (probed, probed.sign()):
            parameter.copy_(value)
            right = [
                _counts(tagger, sentences[first : first + BATCH]) for first in range(0, len(sentences), BATCH)
            ]
            found.append(float(spans.f1(sum(right))))
    parameter.copy_(own)
    return found


def _counts(tagger: Tagger, sentences: Sequence[Sentence]) -> torch.Tensor:
    given = tagger.tokenizer(
        [list(one.words) for one in sentences], is_split_into_words=True, padding=True, return_tensors="pt"
    )
    best = tagger.model(**{name: given[name] for name in ("input_ids", "attention_mask")}).logits.argmax(-1)
    total = 0
    for number, one in enumerate(sentences):
        words = given.word_ids(number)
        first = [place for place, word in enumerate(words) if word is not None and word != words[place - 1]]
        ours, gold = tagger.tags[best[number, first].numpy()], spans.numbered(one.tags)
        total = total + spans.counts(ours, gold, 0 * gold)[0]
    return total


def ours(tagger: Tagger, sentences: Sequence[Sentence], site: Site) -> list[float]:
    """The same by the library, at all strengths; F1 at the few."""
    table = sweep(tagger, sentences, [site.name], Prune("smallest"), STRENGTHS)
    return table[table["strength"].isin(FEW)]["f1"].tolist()


def rows(tagger: Tagger, sentences: Sequence[Sentence]) -> list[dict[str, object]]:
    """One for a matrix of every block, and for the classifier: seconds for each setting."""
    names = [*(f"block {block} lin1" for block in range(1, 7)), "classifier"]
    measured = []
    for site in (one for one in sites_of(tagger) if one.name in names):
        found, taken = {}, {}
        for way, strengths in ((ours, STRENGTHS), (straightforward, FEW)):
            start = time.perf_counter()
            found[way.__name__] = way(tagger, sentences, site)
            taken[way.__name__] = (time.perf_counter() - start) / len(strengths) / 2
        apart = max(abs(one - other) for one, other in zip(*found.values(), strict=True))
        assert apart < 0.01, f"the two ways differ by {apart} at {site.name}"
        measured.append({"site": site.name, "block": block_of(site.name, 6), **taken})
    return measured


def main() -> None:
    """Measure, print and keep."""
    sentences = conll2003.sample(conll2003.load("test"), SENTENCES)
    table = pd.DataFrame(rows(tagger_of(FineTuning()), sentences))
    table["ratio"] = table["straightforward"] / table["ours"]
    print(table.to_string(float_format="{:.4g}".format))
    recipe = {"benchmark": "ner", "torch": torch.__version__, "machine": platform.machine()}
    tables.write(paths.RESULTS / "ner_cost.parquet", table.assign(threads=torch.get_num_threads()), recipe)


if __name__ == "__main__":
    main()
