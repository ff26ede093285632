"""The reference of the command line, in Markdown, from the commands themselves."""

from collections.abc import Iterator
from typing import Any

import typer

from weightprobes.cli.app import app


def reference() -> str:
    """A section for each command: what it does, how it is called, its arguments and options."""
    group = typer.main.get_command(app)
    return "\n\n".join(part for name, one in group.commands.items() for part in _section(name, one))


def _section(name: str, command: Any) -> Iterator[str]:
    context = command.context_class(command, info_name=f"weightprobes {name}")
    yield f"## `weightprobes {name}`"
    for paragraph in command.help.split("\n\n"):
        yield _told(" ".join(paragraph.split()))
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f"```{{code-block}} text\nweightprobes {name} {pieces}\n```"
    for parameter in command.params:
        if not getattr(parameter, "hidden", False) and (record := parameter.get_help_record(context)):
            words, about = record
            yield f"`{words}`\n: {_plain(' '.join(about.split())) or 'See above.'}"


def _told(paragraph: str) -> str:
    """A paragraph of help; an example in it as code."""
    text, _, example = paragraph.partition("Example: ")
    if paragraph.startswith("weightprobes "):
        text, example = "", paragraph
    code = f"```{{code-block}} bash\n{example}\n```" if example else ""
    return "\n\n".join(filter(None, [_plain(text.strip()), code]))


def _plain(text: str) -> str:
    """Text in which Markdown finds nothing to do."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>$#|" else letter for letter in text)
