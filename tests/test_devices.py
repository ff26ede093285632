"""Devices: chosen by name, with blocks that fit into their memory."""

import pytest
import torch

from weightprobes import devices
from weightprobes.devices import budget, chosen


@pytest.fixture
def gpu(monkeypatch):
    """A machine that says it has a GPU with 10 GB free."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (10**10, 2 * 10**10))


@pytest.fixture
def no_gpu(monkeypatch):
    """A machine without any."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def test_auto_is_the_gpu_where_there_is_one(gpu):
    assert (chosen("auto").type, chosen("cpu").type) == ("cuda", "cpu")


def test_auto_is_the_cpu_elsewhere(no_gpu):
    assert chosen("auto") == torch.device("cpu")


def test_a_device_that_is_not_there_is_one_sentence_that_says_what_is(no_gpu):
    with pytest.raises(ValueError, match=r"^no device 'cuda' here: choose one of auto, cpu$"):
        chosen("cuda")


def test_an_unknown_device_is_refused():
    with pytest.raises(ValueError, match="unknown device 'tpu': choose one of auto, cpu, cuda, mps"):
        chosen("tpu")


def test_the_budget_of_a_cpu_does_not_depend_on_its_memory(gpu):
    assert budget(torch.device("cpu")) == devices.CPU_BUDGET


def test_the_budget_of_a_gpu_is_a_share_of_its_free_memory(gpu):
    assert devices.CPU_BUDGET < budget(torch.device("cuda")) <= devices.SHARE * 10**10
