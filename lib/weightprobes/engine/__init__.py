"""Probing whole models: settings, readings, refits, sweeps."""
