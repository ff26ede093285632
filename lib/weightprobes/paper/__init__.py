"""This paper alone: its claims, its conditions, the authors' numbers, its DistilBERT."""
