"""Where the repository is published: ``Repository`` under ``[project.urls]`` in pyproject.toml, nowhere else.

Without it no page has a button that leads there.
"""

import tomllib

import yaml

from weightprobes import paths

BUTTONS = ("use_repository_button", "use_issues_button", "use_edit_page_button")
LAUNCH = {
    "notebook_interface": "jupyterlab",
    "binderhub_url": "https://mybinder.org",
    "colab_url": "https://colab.research.google.com",
}


def repository() -> str:
    """The address; empty if none is configured."""
    text = (paths.HOME / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"].get("urls", {}).get("Repository", "").rstrip("/")


def with_buttons(config: str, address: str) -> str:
    """The text of ``_config.yml``, with buttons that lead to ``address``; as it is if that is empty."""
    if not address:
        return config
    book = yaml.safe_load(config)
    book["repository"] = {"url": address, "branch": "main"}
    book["launch_buttons"] = LAUNCH
    book["html"] |= dict.fromkeys(BUTTONS, True)
    return yaml.safe_dump(book, allow_unicode=True, sort_keys=False)
