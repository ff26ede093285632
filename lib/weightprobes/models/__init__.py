"""Plain ``nn.Module`` builders, one file per model."""
