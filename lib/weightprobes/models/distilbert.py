"""DistilBERT (Sanh et al., arXiv 1910.01108) as a chain of stages, and BERT's encoder in its shape."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

#: The matrices of a block, in the order in which a token meets them, and where a block has them.
ATTENTION = {
    "q": "attention.q_lin",
    "k": "attention.k_lin",
    "v": "attention.v_lin",
    "out": "attention.out_lin",
}
FEED_FORWARD = {"lin1": "ffn.lin1", "lin2": "ffn.lin2"}


@dataclass(frozen=True)
class Stage:
    """One step from word pieces to the scores of tags.

    ``call(hidden, mask)`` takes hidden states (sentences, pieces, dim) (the first stage: ids of pieces,
    (sentences, pieces)) and which pieces are no padding, (sentences, pieces), or None; and gives the
    next hidden states. ``modules`` maps names to the modules whose ``weight`` is a matrix. ``block``
    counts from 1; the embeddings are 0, the classifier is one more than the last block. ``mixes`` says
    that pieces see each other; other stages take (..., dim) and no mask.
    """

    block: int
    modules: dict[str, nn.Module]
    call: Callable[[Tensor, Tensor | None], Tensor]
    mixes: bool = False


def stages(model: nn.Module) -> list[Stage]:
    """A DistilBertForTokenClassification as a chain: embeddings, two stages for each block, classifier."""
    base = model.distilbert
    embeddings = {
        "word": base.embeddings.word_embeddings,
        "position": base.embeddings.position_embeddings,
    }
    chain = [Stage(0, embeddings, lambda ids, mask: base.embeddings(ids), mixes=True)]
    for number, block in enumerate(base.transformer.layer, start=1):
        chain += [
            Stage(number, _modules(block, ATTENTION), _attend(block), mixes=True),
            Stage(number, _modules(block, FEED_FORWARD), _feed_forward(block)),
        ]
    last = {"classifier": model.classifier}
    return [
        *chain,
        Stage(len(base.transformer.layer) + 1, last, lambda hidden, mask: model.classifier(hidden)),
    ]


def _modules(block: nn.Module, names: dict[str, str]) -> dict[str, nn.Module]:
    return {name: block.get_submodule(path) for name, path in names.items()}


def _attend(block: nn.Module) -> Callable[[Tensor, Tensor | None], Tensor]:
    def attend(hidden: Tensor, mask: Tensor | None) -> Tensor:
        seen = None if mask is None else mask[:, None, None, :]
        mixed, _ = block.attention(hidden, attention_mask=seen)
        return block.sa_layer_norm(mixed + hidden)

    return attend


def _feed_forward(block: nn.Module) -> Callable[[Tensor, Tensor | None], Tensor]:
    return lambda hidden, mask: block.output_layer_norm(block.ffn(hidden) + hidden)


def from_bert(bert: nn.Module) -> nn.Module:
    """A DistilBertModel that computes what the BertModel ``bert`` does for single sentences, exactly.

    DistilBERT has no embedding of the sentence's number (token type): that of the first sentence is
    added to every position. Raises ValueError for a BERT that computes something else.
    """
    from weightprobes.models.hub import transformers

    theirs = bert.config
    for option, needed in (("layer_norm_eps", 1e-12), ("is_decoder", False)):
        if getattr(theirs, option) != needed:
            found = getattr(theirs, option)
            raise ValueError(
                f"a BERT with {option} {found} is no DistilBERT, which has {needed}: give another"
            )
    config = transformers.DistilBertConfig(
        vocab_size=theirs.vocab_size,
        max_position_embeddings=theirs.max_position_embeddings,
        n_layers=theirs.num_hidden_layers,
        n_heads=theirs.num_attention_heads,
        dim=theirs.hidden_size,
        hidden_dim=theirs.intermediate_size,
        dropout=theirs.hidden_dropout_prob,
        attention_dropout=theirs.attention_probs_dropout_prob,
        activation=theirs.hidden_act,
        pad_token_id=theirs.pad_token_id,
    )
    model = transformers.DistilBertModel(config).to(bert.dtype)
    state = bert.state_dict()
    ours = {_OUTSIDE.get(name, _inside(name)): value for name, value in state.items() if "pooler" not in name}
    first = ours.pop("token type")[0]
    ours["embeddings.position_embeddings.weight"] = ours["embeddings.position_embeddings.weight"] + first
    model.load_state_dict(ours)
    return model.eval()


_OUTSIDE = {"embeddings.token_type_embeddings.weight": "token type"}

# BERT's names within a block, and DistilBERT's.
_INSIDE = {
    "encoder.layer.": "transformer.layer.",
    "attention.self.query.": "attention.q_lin.",
    "attention.self.key.": "attention.k_lin.",
    "attention.self.value.": "attention.v_lin.",
    "attention.output.dense.": "attention.out_lin.",
    "attention.output.LayerNorm.": "sa_layer_norm.",
    "intermediate.dense.": "ffn.lin1.",
    "output.dense.": "ffn.lin2.",
    "output.LayerNorm.": "output_layer_norm.",
}


def _inside(name: str) -> str:
    for theirs, ours in _INSIDE.items():
        name = name.replace(theirs, ours)
    return name
