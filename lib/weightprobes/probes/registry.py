"""The probes that run files, the command line and the tests know by name."""

from dataclasses import fields, is_dataclass

from weightprobes.choices import check_choice
from weightprobes.lazy import registering
from weightprobes.probes.probe import Probe

#: Every registered variant of every probe by its label, like ``"prune-smallest"``.
PROBES: dict[str, Probe] = {}


def register(*probes: Probe) -> None:
    """Let ``probes`` be asked for by their labels; one registered again takes the place of the first.

    Raises ValueError if a label is that of another module's probe, whose tables would be taken for its own.
    """
    for probe in probes:
        if not isinstance(probe, Probe) or not is_dataclass(probe):
            raise ValueError(f"{probe!r} is no value of a frozen dataclass that derives from Probe: give one")
        theirs = type(PROBES.get(probe.label, probe)).__module__
        if theirs != type(probe).__module__:
            raise ValueError(f"{probe.label!r} is a probe of {theirs}: give {probe!r} another name")
        PROBES[probe.label] = probe


def named(name: str) -> Probe:
    """The probe called ``name``, like ``"prune-smallest"``; ``"prune"`` is the one with its default fields.

    ``"my_probes:quantize-4"`` imports the module ``my_probes`` first, which registers it. Raises
    ValueError if there is no such module, or no such probe.
    """
    module, _, label = name.rpartition(":")
    if module:
        registering(module, f"probe {name!r}")
    known = PROBES | {probe.name: probe for probe in PROBES.values() if _is_plain(probe)}
    check_choice("probe", label, known)
    return known[label]


def _is_plain(probe: Probe) -> bool:
    return all(getattr(probe, field.name) == field.default for field in fields(probe))
