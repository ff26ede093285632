"""The paper's claims, asked of our tables: a module for each of its figures measures what
``data/claims.csv`` has a row for."""

from weightprobes.paper.claims.networks import WORDS
from weightprobes.paper.claims.verdicts import RECIPE, VERDICTS, answers, keep, scorecard, tally
from weightprobes.paper.words import formatted

__all__ = ["RECIPE", "VERDICTS", "WORDS", "answers", "formatted", "keep", "scorecard", "tally"]
