"""Slow twins: of the null models, one edge at a time (the benchmark times them too), and of refitting."""

import torch
from torch import nn


def edge_list_twin(weight, groups, rng):
    """A shuffle within groups, one edge at a time; ``groups`` maps (out, in, weight) to a group."""
    after, members = weight.clone(), {}
    for out, into in (weight != 0).nonzero().tolist():
        members.setdefault(groups(out, into, weight[out, into].item()), []).append((out, into))
    for places in members.values():
        for target, source in zip(places, torch.randperm(len(places), generator=rng).tolist(), strict=True):
            after[target] = weight[places[source]]
    return after


TWINS = {
    "random": lambda out, into, value: 0,
    "within_sign": lambda out, into, value: value > 0,
    "within_left": lambda out, into, value: into,
    "within_right": lambda out, into, value: out,
    "within_left_sign": lambda out, into, value: (into, value > 0),
    "within_right_sign": lambda out, into, value: (out, value > 0),
}


def swap_twin(signs, attempts, rng):
    """Sign swaps one at a time: (+ −; − +) ↔ (− +; + −) wherever a random 2 × 2 block allows."""
    after = signs.tolist()
    rows, columns = (torch.rand(attempts, size, generator=rng).argsort(1)[:, :2] for size in signs.shape)
    for (top, bottom), (left, right) in zip(rows.tolist(), columns.tolist(), strict=True):
        places = [(top, left), (top, right), (bottom, left), (bottom, right)]
        if [after[out][into] for out, into in places] in ([1, -1, -1, 1], [-1, 1, 1, -1]):
            for out, into in places:
                after[out][into] *= -1
    return torch.tensor(after)


def released_twin(weight, rng, attempts):
    """The released G as the specification tells it, with Python lists and sets."""
    out, into = weight.shape
    positive = [[v, u, weight[v, u].item()] for u in range(into) for v in range(out) if weight[v, u] > 0]
    negative = [(v, u) for u in range(into) for v in range(out) if weight[v, u] < 0]
    taken, zero = {(v, u) for v, u, _ in positive}, {tuple(cell) for cell in (weight == 0).nonzero().tolist()}
    first = torch.randint(len(positive), (attempts,), generator=rng).tolist()
    second = torch.randint(len(positive), (attempts,), generator=rng).tolist()
    swaps = 0
    for one, two in zip(first, second, strict=True):
        (v1, u1, _), (v2, u2, _) = positive[one], positive[two]
        targets = {(v2, u1), (v1, u2)}
        if one == two or targets & (taken | zero) or u1 == v2 or u2 == v1:
            continue
        taken = taken - {(v1, u1), (v2, u2)} | targets
        positive[one][0], positive[two][0] = v2, v1
        swaps += 1
        if swaps == len(positive):
            break
    after = weight.clone()
    for v, u, value in positive:
        after[v, u] = value
    vacated = [(v, u) for u in range(into) for v in range(out) if weight[v, u] > 0 and (v, u) not in taken]
    for cell, refill in zip(vacated, negative, strict=False):
        after[cell] = weight[refill]
    return after


def refitted_twin(network, trained, images, keep, places=None):
    """Refits the biases of ``network``, or those at ``places``, by running it and ``trained`` up to each."""
    for place, layer in enumerate(network):
        if isinstance(layer, nn.Linear) and (places is None or place in places):
            now, before = (part[: place + 1](images).double() for part in (network, trained))
            wanted = before.mean(0)
            if keep == "calibrated":
                wanted *= now.std(0) / before.std(0)
            if keep == "affine":
                steady = now.std(0) <= 1e-6 * now.mean(0).abs()
                gain = torch.where(steady, 1.0, before.std(0) / now.std(0)).float()
                layer.weight *= gain[:, None]
                layer.bias *= gain
                now = now * gain
            layer.bias += wanted - now.mean(0)
