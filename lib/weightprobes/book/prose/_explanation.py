"""The numbers in the chapter on boundary conditions that explain the collapse."""

from weightprobes.book.notebook import percent, points
from weightprobes.book.prose import NAMES, merged
from weightprobes.engine.settings import RECOMMENDED
from weightprobes.engine.sweep import Sweep
from weightprobes.measures.complexity import PROBE, STRENGTHS
from weightprobes.measures.cuts import Cuts
from weightprobes.measures.encoder_signs import EncoderSigns
from weightprobes.measures.readout import Readout
from weightprobes.measures.signs import GAUSSIAN, Signs
from weightprobes.measures.thresholds import Thresholds
from weightprobes.models.training import Training
from weightprobes.paper import classes
from weightprobes.paper.claims.networks import FASHION_HARD, MNIST_EASY, MNIST_HARD
from weightprobes.paper.conditions import along
from weightprobes.probes import Shuffle
from weightprobes.tasks import Task

ZERO_ONE = "mnist/0-1"
HARD = {task: name for task, name in NAMES.items() if name.endswith("hard")}

#: Shuffles that destroy signs (A, C, D).
DESTROYING = ("random", "within_left", "within_right")


def numbers() -> dict[str, str]:
    return merged(_thresholds(), _shuffles(), _cuts(), _classes(), _along(), _signs())


def _thresholds() -> dict[str, str]:
    """Of the binarised networks as published: ``auc_task``, ``moved_task``, and without dead units."""
    rows = Thresholds.of(*NAMES, ZERO_ONE).query("weights == 'sign'")
    medians = rows.groupby("task")[["accuracy", "auc", "moved"]].median()
    told = {"sign_zero_one": percent(medians.loc[ZERO_ONE, "accuracy"])}
    for task, name in {**HARD, ZERO_ONE: "zero_one"}.items():
        told[f"auc_{name}"] = f"{medians.loc[task, 'auc']:.3f}"
        told[f"moved_{name}"] = percent(medians.loc[task, "moved"])
    alive = (
        Thresholds.of(*HARD, dead="removed").query("weights == 'sign'").groupby("task")["accuracy"].median()
    )
    return told | {f"alive_{name}": percent(alive[task]) for task, name in HARD.items()}


def _shuffles() -> dict[str, str]:
    """Of the hard tasks, shuffled and refitted: within signs (B), and where signs are destroyed."""
    told, destroyed = {}, []
    for task, name in HARD.items():
        training = Training(Task.named(task))
        for null in DESTROYING:
            table = Sweep(training, Shuffle(null), (1.0,), RECOMMENDED).table(range(20))
            destroyed.append(table.query("weights == 'float'")["accuracy"].median())
        table = Sweep(training, PROBE, STRENGTHS, RECOMMENDED).table(range(20))
        told[f"b_{name}"] = percent(table.query("strength == 1 and weights == 'float'")["accuracy"].median())
    return told | {"destroyed_low": percent(min(destroyed)), "destroyed_high": percent(max(destroyed))}


def _cuts() -> dict[str, str]:
    """Of the hard tasks with pixels cut: ``moved_task`` for the nearly constant ones, and others."""
    rows = Cuts.of(*HARD).groupby(["task", "moved", "steady"])[["accuracy", "auc", "pixels"]].median()
    told = {}
    for task, name in HARD.items():
        number, grown = (rows.loc[task, moved] for moved in ("number", "grown"))
        told |= {
            f"number_none_{name}": percent(number.loc[-1, "accuracy"]),
            f"number_{name}": percent(number.loc[0.1, "accuracy"]),
            f"grown_{name}": percent(grown.loc[0.1, "accuracy"]),
        }
    for moved in ("number", "grown"):
        told[f"auc_{moved}_hard"] = f"{rows.loc[(MNIST_HARD, moved, 0.1), 'auc']:.3f}"
    number, grown = (rows.loc[FASHION_HARD, moved] for moved in ("number", "grown"))
    return told | {
        "constant_hard": f"{rows.loc[(MNIST_HARD, 'number', 0), 'pixels']:.0f}",
        "few": f"{number.loc[0.03, 'pixels']:.0f}",
        "few_cut": percent(number.loc[0.03, "accuracy"]),
        "many_cut": percent(number.loc[0.3, "accuracy"]),
        "grown_none_fashion_hard": percent(grown.loc[-1, "accuracy"]),
        "grown_many": percent(grown.loc[0.3, "accuracy"]),
        "steady_fashion_hard": f"{number.loc[0.1, 'pixels']:.0f}",
    }


def _classes() -> dict[str, str]:
    """Of ten classes: ``what_dataset``; the gap of two, refitted; each layer alone; and a last layer fitted
    to the hidden layer with trained biases, and to shuffled signs."""
    short = {
        classes.FLOAT: "float",
        classes.LAST: "last",
        classes.AFFINE: "affine",
        classes.LEVELS: "levels",
        classes.SIGNS: "signs",
        classes.SHUFFLED: "shuffled",
    }
    widest = classes.WIDTHS[-1]
    told = {"widest": str(widest)}
    for dataset in ("mnist", "fashion_mnist"):
        table = classes.growth([dataset], [(2, 64), (10, 64), (10, widest)])
        by_width = table.groupby(["width", "classes", "what"])["accuracy"].median()
        medians, wide = by_width[64], by_width[widest, 10]
        told[f"wide_affine_{dataset}"] = percent(wide[classes.AFFINE])
        told[f"wide_last_{dataset}"] = percent(wide[classes.LAST])
        told |= {f"ten_{name}_{dataset}": percent(medians[10, what]) for what, name in short.items()}
        told[f"two_levels_{dataset}"] = points(medians[2, classes.FLOAT] - medians[2, classes.LEVELS])
        told[f"ten_gap_{dataset}"] = points(medians[10, classes.FLOAT] - medians[10, classes.LEVELS])
        alone = classes.layers(dataset).groupby("layer")["accuracy"].median()
        told |= {f"first_alone_{dataset}": percent(alone["0"]), f"last_alone_{dataset}": percent(alone["2"])}
        for name, state, probe in (
            ("unfitted", "signs", None),
            ("random", "signs, refitted", Shuffle("random")),
        ):
            rows = Readout(classes.training(dataset, 10), probe).table(classes.seeds(10))
            told[f"ten_{name}_{dataset}"] = percent(rows.groupby("state")["accuracy"].median()[state])
    return told


def _along() -> dict[str, str]:
    """Of the hard MNIST task: offset over spread and imbalance, where nothing is probed and at the best."""
    told_of = ["accuracy", "relative", "imbalance", "kept"]
    medians = along(MNIST_HARD).groupby(["probe", "strength"])[told_of].median()
    start, noisiest = medians.loc[("prune", 0.0)], medians.loc[("noise", 1.0)]
    told = {"know_none": f"{start['kept']:.2f}", "know_noise": f"{noisiest['kept']:.2f}"}
    places = {"none": start}
    for probe, rows in medians.groupby("probe"):
        places[probe] = rows.loc[rows["accuracy"].idxmax()]
        told[f"best_{probe}"] = percent(places[probe]["accuracy"])
    for place, row in places.items():
        told[f"relative_{place}"] = f"{row['relative']:.1f}"
        told[f"imbalance_{place}"] = f"{row['imbalance']:.1f}"
    return told


def _signs() -> dict[str, str]:
    """How many signs training changed, in %, and the share of the energy that best-scaled signs keep."""
    rows = Signs.of(*NAMES)
    groups = rows.groupby(["task", "layer", "units", "seed"])
    agree = groups["agree"].mean().groupby(["task", "layer", "units"]).median()
    kept = (groups["size"].mean() ** 2 / groups["square"].mean()).groupby(["task", "layer", "units"]).median()
    tenths = rows[rows["units"] == "live"].groupby(["task", "layer", "tenth"])["agree"].median()
    told = {"gaussian": f"{GAUSSIAN:.2f}"}
    for name, tenth in (("middle", 5), ("top", 10)):
        for task in (MNIST_HARD, MNIST_EASY):
            told[f"{name}_{NAMES[task]}"] = f"{100 * (1 - tenths[task, 1, tenth]):.0f}"
    for task, name in NAMES.items():
        told[f"changed_{name}"] = f"{100 * (1 - agree[task, 1, 'all']):.0f}"
        told[f"changed_live_{name}"] = f"{100 * (1 - agree[task, 1, 'live']):.0f}"
        told[f"changed_last_{name}"] = f"{100 * (1 - agree[task, 2, 'all']):.0f}"
    told |= {f"energy_{name}": f"{kept[task, 1, 'live']:.2f}" for task, name in NAMES.items()}
    last, encoder = kept[:, 2, "live"], EncoderSigns().table().set_index("matrix")["energy"]
    return told | {
        "energy_last_low": f"{last.min():.2f}",
        "energy_last_high": f"{last.max():.2f}",
        "encoder_matrices": str(len(encoder)),
        "encoder_below": str((encoder < GAUSSIAN).sum()),
        "encoder_median": f"{encoder.median():.2f}",
        "encoder_position": f"{encoder['position']:.2f}",
    }
