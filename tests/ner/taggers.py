"""Tiny taggers and sentences for them; needs transformers where a tagger is made."""

import json
import shutil

import torch

from weightprobes.datasets.conll2003 import TAGS, Sentence
from weightprobes.rng import generator

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
STEMS = ["pa", "lon", "ro", "ber", "ma", "ki", "to", "san"]
ENDS = ["ris", "don", "me", "lin", "drid", "ev", "kyo", "ta"]
WORDS = [*STEMS, *(stem + end for stem in STEMS for end in ENDS)]

#: Every matrix of the tiny tagger, and which six of them the paper would probe.
WITHIN = ["q", "k", "v", "out", "lin1", "lin2"]
SITES = ["word", "position", *(f"block {block} {one}" for block in (1, 2) for one in WITHIN), "classifier"]
SIX = ["position", "block 1 lin1", "block 1 lin2", "block 2 lin1", "block 2 lin2", "classifier"]


def tokenizer():
    """Word pieces: stems are whole words, and stems with ends are two pieces."""
    from weightprobes.models.hub import transformers

    pieces = [*SPECIAL, *STEMS, *(f"##{end}" for end in ENDS)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    return transformers.BertTokenizerFast(vocab=vocabulary, do_lower_case=False)


def config(labels=TAGS, **options):
    """That of a DistilBERT with two blocks, whose weights are large enough to tell words apart."""
    from weightprobes.models.hub import transformers

    sizes = dict(vocab_size=21, max_position_embeddings=24, n_layers=2, n_heads=2, dim=16, hidden_dim=32)
    names = dict(id2label=dict(enumerate(labels)), label2id={tag: n for n, tag in enumerate(labels)})
    return transformers.DistilBertConfig(**{**sizes, **names, "initializer_range": 0.5, **options})


def model(seed=0, labels=TAGS, **options):
    """A random DistilBertForTokenClassification; another seed is another model."""
    from weightprobes.models.hub import transformers

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = transformers.DistilBertForTokenClassification(config(labels, **options))
        for name, value in made.named_parameters():
            if name.endswith("bias"):  # they begin as zeros, which would hide where they are lost
                torch.nn.init.normal_(value.data, std=0.1)
    return made.eval()


def bert(seed=0, **options):
    """A random BertModel with the tokenizer's vocabulary."""
    from weightprobes.models.hub import transformers

    sizes = dict(vocab_size=21, max_position_embeddings=24, num_hidden_layers=2, num_attention_heads=2)
    sizes |= dict(hidden_size=16, intermediate_size=32, initializer_range=0.5)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = transformers.BertModel(transformers.BertConfig(**{**sizes, **options}))
        for name, value in made.named_parameters():
            if name.endswith("bias"):
                torch.nn.init.normal_(value.data, std=0.1)
    return made.eval()


def saved(folder, model, dtype=None):
    """``folder`` with a checkpoint of ``model`` and the tokenizer in it, as a string."""
    (model if dtype is None else model.to(dtype)).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return str(folder)


def copied(checkpoint, place, **changes):
    """A copy of the ``checkpoint``'s folder with ``changes`` in its config, as a string."""
    folder = shutil.copytree(checkpoint, place)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))
    return str(folder)


def random_sentences(number, seed=0, longest=7):
    """So many sentences of up to ``longest`` words, tagged at random."""
    rng = generator("toy sentences", seed)
    made = []
    for _ in range(number):
        size = int(torch.randint(1, longest + 1, (), generator=rng))
        words = [WORDS[place] for place in torch.randint(len(WORDS), (size,), generator=rng)]
        tags = [TAGS[place] for place in torch.randint(len(TAGS), (size,), generator=rng)]
        made.append(Sentence(tuple(words), tuple(tags)))
    return made


@torch.no_grad()
def plain_scores(tagger, sentence):
    """Scores of a sentence's words, (words, labels), by the library's own call: alone, unpadded."""
    pieces = tagger.tokenizer([list(sentence.words)], is_split_into_words=True, return_tensors="pt")
    scores = tagger.model(input_ids=pieces["input_ids"]).logits[0]
    owners = pieces.word_ids(0)
    return torch.stack([scores[owners.index(word)] for word in range(len(sentence.words))])


def plain_tags(tagger, sentence):
    """The names of the tags that those scores choose."""
    labels = tagger.model.config.id2label
    return [labels[int(place)] for place in plain_scores(tagger, sentence).argmax(1)]


def believed(tagger, sentences, wrong=5):
    """``sentences`` with the tags that ``tagger`` gives them, but every ``wrong``-th one as it was."""
    return [
        Sentence(
            one.words,
            tuple(
                own if number % wrong == wrong - 1 else tag
                for number, (own, tag) in enumerate(zip(one.tags, plain_tags(tagger, one), strict=True))
            ),
        )
        for one in sentences
    ]
