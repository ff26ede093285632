"""The same things from a shell: ``weightprobes --help``."""
