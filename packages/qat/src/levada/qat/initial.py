# SPDX-License-Identifier: Apache-2.0
"""First weights from a float checkpoint with torchvision's names."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from levada.core.errors import OptionError, PayloadError

WRAPPINGS = ("state_dict", "model")
"""Under these names training scripts put the tensors beside what else they save."""

PREFIX = "module."
"""What DistributedDataParallel puts before each name."""

IGNORED = ".num_batches_tracked"
"""A count that some versions of torch write: nothing depends on it."""

SOME = 4


def initialise(network: Any, names: Mapping[str, str], file: Path) -> None:
    """Copy the tensors of a float checkpoint into the network.

    ``names`` gives, for each tensor that the file has to hold, the parameter or buffer that it goes to. Raise PayloadError for
    a file that holds no tensors, OptionError that names every kind of difference: missing, unexpected, misshapen.
    """
    given = read_tensors(file)
    places = {name: _place(network, own) for name, own in names.items()}
    _compare(given, {name: tuple(place.shape) for name, place in places.items()}, file)
    with torch.no_grad():
        for name, place in places.items():
            place.copy_(given[name])


def read_tensors(file: Path) -> dict[str, Any]:
    """Return the named tensors of a file without running any code in it. Raise PayloadError where there are none."""
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except (
        OSError,
        EOFError,
        RuntimeError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        pickle.UnpicklingError,
    ) as error:
        msg = (
            f"{file} cannot be read as a float checkpoint ({type(error).__name__}); "
            "expected what torch.save writes of a state dictionary, tensors and nothing else"
        )
        raise PayloadError(msg) from error
    tensors = _unwrapped(content)
    if not tensors:
        msg = f"{file} holds no named tensors; expected a state dictionary, as it is or under {' or '.join(map(repr, WRAPPINGS))}"
        raise PayloadError(msg)
    return {name: tensor for name, tensor in tensors.items() if not name.endswith(IGNORED)}


def _unwrapped(content: Any) -> dict[str, Any]:
    """Return the tensors of a state dictionary that may lie in another, their names without prefix; none where it is none."""
    if not isinstance(content, Mapping):
        return {}
    for wrapping in WRAPPINGS:
        if isinstance(content.get(wrapping), Mapping):
            return _unwrapped(content[wrapping])
    if not all(isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in content.items()):
        return {}
    return {name.removeprefix(PREFIX): value for name, value in content.items()}


def _place(network: Any, name: str) -> Any:
    """Return a parameter or a buffer of the network."""
    module, _, leaf = name.rpartition(".")
    return getattr(network.get_submodule(module), leaf)


def _compare(given: Mapping[str, Any], wanted: Mapping[str, tuple[int, ...]], file: Path) -> None:
    """Raise OptionError where names or shapes differ."""
    shared = [name for name in wanted if name in given and tuple(given[name].shape) != wanted[name]]
    found = {
        "missing": [name for name in wanted if name not in given],
        "unexpected": [name for name in given if name not in wanted],
        "misshapen": [f"{name} {_by(given[name].shape)} instead of {_by(wanted[name])}" for name in shared],
    }
    if any(found.values()):
        told = "; ".join(f"{len(names)} {what}: {_some(names)}" for what, names in found.items() if names)
        msg = f"{file} does not fit the network: {told}. Expected are torchvision's names and the network's own shapes"
        raise OptionError(msg)


def _some(names: list[str]) -> str:
    return ", ".join(names[:SOME]) + (", …" if len(names) > SOME else "")


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "scalar"
