"""transformers, quiet, and importable also where torchvision's compiled operators do not fit PyTorch.

Import it only from here, and only where a model is loaded: reading kept tables needs none of it.
"""

from weightprobes.datasets.torchvision import declare_missing_operators

declare_missing_operators()  # transformers imports torchvision where there is one

import huggingface_hub  # noqa: E402
import transformers  # noqa: E402

# a report and a bar for every load, of which a sweep has many
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
huggingface_hub.utils.logging.set_verbosity_error()  # without a network it tells of every try

__all__ = ["transformers"]
