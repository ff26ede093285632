"""``weightprobes ner``: the chapter's tables of any tagger, by one command."""

from typing import Annotated

import typer

from weightprobes.cli.printed import Json, Wide, interval, kept, show


def ner(
    checkpoint: Annotated[
        str,
        typer.Option(
            help="A folder, a model of the Hugging Face hub, or all-MiniLM-L6-v2, which is fine-tuned first."
        ),
    ] = "dslim/distilbert-NER",
    revision: Annotated[str, typer.Option(help="Of a model of the hub.")] = "main",
    grid: Annotated[
        str, typer.Option(help="ours, or paper: all strengths and sentences, some 35 times the work.")
    ] = "ours",
    half: Annotated[
        bool, typer.Option("--half", help="Matrix products in bfloat16, in tables of their own.")
    ] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    wide: Wide = False,
    json: Json = False,
) -> None:
    """Probe every weight matrix of a DistilBERT that tags names, and answer the paper's claims 26 to 29.

    Its tables are kept, and the chapter on DistilBERT shows them.

    Example: weightprobes ner --checkpoint dslim/distilbert-NER
    """
    from weightprobes.devices import chosen
    from weightprobes.paper import tagger_questions as questions
    from weightprobes.paper import tagger_tables as study

    model = study.tagger(checkpoint, revision, half)
    where = chosen(device)
    study.fill(model, grid, where)
    answers = questions.answers(model, where)
    found = answers[["value", "value_low", "value_high"]].itertuples(index=False)
    short = answers.assign(value=[interval(*row) for row in found])
    short = short[["claim", "quantity", "value", "authors", "holds"]]
    show(answers.to_dict("records"), json, wide, short.to_dict("records"))
    kept(json)
