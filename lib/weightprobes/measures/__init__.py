"""Numbers about tasks and models."""
