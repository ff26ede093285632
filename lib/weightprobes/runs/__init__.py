"""A run: many parts, made one after the other, by local processes, or by Dask on any number of machines.

:class:`~weightprobes.runs.plan.Run` says what is wanted; the files that are there say what is done.
"""
