"""From sentences to tags and counts of names."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from weightprobes.models import spans
from weightprobes.models.tagger import Encoded, Tagger


@torch.inference_mode()
def answers(tagger: Tagger, encoded: Encoded) -> Iterator[Tensor]:
    """The scores of the tags of every batch's words, (words, labels)."""
    for batch in encoded.batches:
        with torch.autocast(tagger.model.device.type, torch.bfloat16, enabled=tagger.half):
            yield tagger.model(batch.ids, attention_mask=batch.mask).logits[batch.first]


def tags(tagger: Tagger, encoded: Encoded) -> np.ndarray:
    """The tag numbers of all words, (words,)."""
    chosen = [scores.argmax(-1).cpu().numpy() for scores in answers(tagger, encoded)]
    return tagger.tags[np.concatenate(chosen)]


def counts(tagger: Tagger, encoded: Encoded) -> np.ndarray:
    """The spans of each sentence, (sentences, 3): see :func:`~weightprobes.models.spans.counts`."""
    return spans.counts(tags(tagger, encoded), encoded.gold, encoded.sentence)
