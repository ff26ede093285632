"""The same things from a shell: ``weightprobes --help``."""

from weightprobes.cli.app import main

__all__ = ["main"]
