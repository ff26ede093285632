"""Probes of trained networks' weights: how much of a task survives when the weights are simplified.

dataset → task → ensemble → probe → table → figure: each arrow is one function call.
"""

__version__ = "0.1.0"
