"""The numbers in the chapter on the paper's claims."""

from weightprobes.paper import claims


def numbers() -> dict[str, str]:
    """Their text, by the names that the prose calls them by."""
    card = claims.scorecard()
    told = card["verdict"].value_counts()
    return {
        "claims": str(len(card)),
        "reproduced": str(told["reproduced"]),
        "partly": str(told["partly"]),
        "missed": str(told.get("not reproduced", 0)),
        "untested": str(told["not testable here"]),
        "which": ", ".join(map(str, card.query("verdict == 'partly'")["claim"])),
    }
