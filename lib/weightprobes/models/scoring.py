"""From sentences to tags and F1, from the first stage or from any later one."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from weightprobes.models import spans
from weightprobes.models.tagger import Encoded, Tagger


@dataclass(frozen=True)
class Flow:
    """What reaches the stage at ``place`` of a tagger's chain, from every batch of ``encoded``.

    Once pieces no longer see each other, behind the last block's attention, ``hidden`` is one tensor
    (words, dim): only the first piece of a word has a say.
    """

    encoded: Encoded
    place: int
    hidden: list[Tensor]


def source(encoded: Encoded) -> Flow:
    """The flow before the first stage."""
    return Flow(encoded, 0, [batch.ids for batch in encoded.batches])


@torch.inference_mode()
def pushed(tagger: Tagger, flow: Flow, place: int) -> Flow:
    """``flow`` as it reaches the stage at ``place``; behind the last one it is the scores of all words."""
    if place < flow.place:
        raise ValueError(f"a flow before stage {flow.place} does not go back to stage {place}: start anew")
    with torch.autocast(tagger.model.device.type, torch.bfloat16, enabled=tagger.half):
        return _pushed(tagger, flow, place)


def _pushed(tagger: Tagger, flow: Flow, place: int) -> Flow:
    chain = tagger.stages
    words = 1 + max(number for number, stage in enumerate(chain) if stage.mixes)
    hidden = flow.hidden
    if flow.place < words:
        hidden = []
        for state, batch in zip(flow.hidden, flow.encoded.batches, strict=True):
            for stage in chain[flow.place : min(place, words)]:
                state = stage.call(state, batch.mask)
            hidden.append(state[batch.first] if place >= words else state)
        hidden = [torch.cat(hidden)] if place >= words else hidden
    for stage in chain[max(flow.place, words) : place]:
        hidden = [stage.call(state, None) for state in hidden]
    return Flow(flow.encoded, place, hidden)


def tags(tagger: Tagger, flow: Flow) -> np.ndarray:
    """The tag numbers of all words, (words,), when ``flow`` goes on to the end."""
    (scores,) = pushed(tagger, flow, len(tagger.stages)).hidden
    return tagger.tags[scores.argmax(-1).cpu().numpy()]


def counts(tagger: Tagger, flow: Flow) -> np.ndarray:
    """The spans of each sentence, (sentences, 3): see :func:`~weightprobes.models.spans.counts`."""
    return spans.counts(tags(tagger, flow), flow.encoded.gold, flow.encoded.sentence)
