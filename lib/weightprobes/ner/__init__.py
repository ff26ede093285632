"""Probing a DistilBERT that tags names: sentences → tagger → probed matrix → F1 → table."""
