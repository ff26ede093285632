"""Null models that move signs and keep signed degrees: the paper's G, with all weights, and as released."""

from __future__ import annotations

import numpy as np

from weightprobes.lazy import torch

#: Rounds of trades; far more than the signs of the paper's layers need to forget where they were.
ROUNDS = 20

#: The released code stops after this many attempts for each positive edge.
ATTEMPTS = 10


def degree_preserving(weight: torch.Tensor, takes_part: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Randomise the signs of ``weight`` (out, in) with all signed degrees fixed, then place the magnitudes.

    Both signed degrees of every node on both sides, the mask, and the multisets of positive and of
    negative weights are kept exactly; given these, positive weights are permuted among the positive
    edges and negative ones among the negative. Only the edges that ``takes_part`` (out, in) change.
    """
    signs = trade(weight.sign(), takes_part, rng, ROUNDS)
    out = weight.clone()
    for sign in (1, -1):
        values = weight[takes_part & (weight.sign() == sign)]
        out[takes_part & (signs == sign)] = values[torch.randperm(len(values), generator=rng)]
    return out


def trade(signs: torch.Tensor, takes_part: torch.Tensor, rng: torch.Generator, rounds: int) -> torch.Tensor:
    """Randomise a matrix of ``signs`` (out, in), -1, 0 and 1, with all signed degrees fixed.

    In each round the nodes of one side are paired at random, and each pair trades: among the partners
    they are tied to with opposite signs, the positive edges are dealt out again, each keeping its
    number. One such trade is a uniform choice among all sequences of sign swaps between two nodes;
    this is the global curveball algorithm (Carstens, Hamann, Meyer, Penschuck, Tran and Wagner, ESA
    2018, arXiv 1804.08487) on edges of two signs. Edges that do not take part are left alone.
    """
    if signs.shape[0] > signs.shape[1]:
        return trade(signs.T, takes_part.T, rng, rounds).T.contiguous()
    now = (signs * takes_part).numpy().astype(np.int8)
    pairs = len(now) // 2
    places = 2.0**-52 * np.arange(now.shape[1])
    for _ in range(rounds if pairs else 0):
        nodes = torch.randperm(len(now), generator=rng).numpy()
        one, other = nodes[:pairs], nodes[pairs : 2 * pairs]
        opposite = now[one] * now[other] < 0
        number = (opposite & (now[one] > 0)).sum(1)
        # The partners with the smallest keys get the positive edges; 2 is beyond every key. Keys are
        # multiples of 2⁻²⁴, and two may be equal: their places, far below that, tell them apart.
        key = torch.rand(opposite.shape, generator=rng).numpy() + places
        key[~opposite] = 2
        limit = np.take_along_axis(np.sort(key, 1), np.maximum(number - 1, 0)[:, None], 1)
        positive = (key <= limit) & (number > 0)[:, None]
        dealt = np.where(positive, np.int8(1), np.int8(-1))
        now[one] = np.where(opposite, dealt, now[one])
        now[other] = np.where(opposite, -dealt, now[other])
    return torch.where(takes_part, torch.from_numpy(now).to(signs.dtype), signs)


def as_released(weight: torch.Tensor, takes_part: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """The paper's G as its authors' code does it, on the edges that ``takes_part`` (out, in).

    Two positive edges (u₁, v₁) and (u₂, v₂) propose to become (u₁, v₂) and (u₂, v₁), each keeping the
    weight of its left node. A proposal is rejected when a target is positive or no edge, and, a
    leftover of graphs with one kind of node, when u₁ = v₂ or u₂ = v₁ as integers. It stops after as many
    successes as there are positive edges, or ten times as many attempts. Entries that became positive
    overwrite their negative weights, which are lost; entries that were vacated take negative weights from
    the start of the list of all of them (here in order of the left nodes), which are so duplicated.
    """
    positive = (takes_part & (weight > 0)).T.nonzero()
    if len(positive) < 2:
        return weight.clone()
    out, total = weight.T.clone(), len(positive)
    left, right = positive[:, 0].tolist(), positive[:, 1].tolist()
    width = out.shape[1]
    free = bytearray((takes_part & (weight < 0)).T.flatten().to(torch.uint8).numpy())
    first = torch.randint(total, (ATTEMPTS * total,), generator=rng).tolist()
    second = torch.randint(total, (ATTEMPTS * total,), generator=rng).tolist()
    successes = 0
    for one, two in zip(first, second, strict=True):
        u1, v1, u2, v2 = left[one], right[one], left[two], right[two]
        if free[u1 * width + v2] and free[u2 * width + v1] and u1 != v2 and u2 != v1:
            free[u1 * width + v1] = free[u2 * width + v2] = 1
            free[u1 * width + v2] = free[u2 * width + v1] = 0
            right[one], right[two] = v2, v1
            successes += 1
            if successes == total:
                break
    before = torch.zeros_like(out, dtype=torch.bool)
    before[positive[:, 0], positive[:, 1]] = True
    after = torch.zeros_like(before)
    after[left, right] = True
    negatives = weight.T[(takes_part & (weight < 0)).T]
    vacated = before & ~after
    out[left, right] = weight.T[positive[:, 0], positive[:, 1]]
    out[vacated] = negatives[: int(vacated.sum())]
    return out.T.contiguous()
