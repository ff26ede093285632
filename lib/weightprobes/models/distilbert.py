"""DistilBERT (Sanh et al., arXiv 1910.01108): names of its matrices, and BERT's encoder in its shape."""

from torch import nn

#: The matrices of a block, in the order in which a token meets them, and where a block has them.
ATTENTION = {
    "q": "attention.q_lin",
    "k": "attention.k_lin",
    "v": "attention.v_lin",
    "out": "attention.out_lin",
}
FEED_FORWARD = {"lin1": "ffn.lin1", "lin2": "ffn.lin2"}


def matrices(blocks: int) -> dict[str, str]:
    """All matrices of a DistilBertForTokenClassification of so many ``blocks``, in the order in which a token
    meets them: our names, like ``"block 1 lin1"``, and those of the parameters."""
    embeddings = "distilbert.embeddings"
    found = {name: f"{embeddings}.{name}_embeddings.weight" for name in ("word", "position")}
    for block in range(blocks):
        for name, module in {**ATTENTION, **FEED_FORWARD}.items():
            found[f"block {block + 1} {name}"] = f"distilbert.transformer.layer.{block}.{module}.weight"
    return {**found, "classifier": "classifier.weight"}


def paper_matrices(blocks: int) -> list[str]:
    """The paper's six (Fig. 5), from input to output; fewer if there is but one block."""
    numbered = [f"block {block} {matrix}" for block in sorted({1, blocks}) for matrix in FEED_FORWARD]
    return ["position", *numbered, "classifier"]


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
