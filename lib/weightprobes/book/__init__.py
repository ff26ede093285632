"""The book alone: how it is built, what its notebooks need, how it is rerun."""
