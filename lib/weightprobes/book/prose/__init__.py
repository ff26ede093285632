"""The numbers in each chapter's prose, one module a chapter."""
