# SPDX-License-Identifier: Apache-2.0
"""Every struct of core is a value: immutable, and strict about its fields where it is read from a file."""

import importlib
import inspect
import pkgutil

import msgspec
import pytest

import levada.core
from levada.core.boards import Board
from levada.core.cluster import Cluster
from levada.core.flows import Flow, Parameter, Step
from levada.core.resources import Fractions, Resources


def structs():
    """Return every struct that a module of core defines."""
    names = [module.name for module in pkgutil.walk_packages(levada.core.__path__, "levada.core.")]
    modules = [importlib.import_module(name) for name in names if not name.endswith(".cli")]
    found = {
        value
        for module in modules
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, msgspec.Struct) and value.__module__ == module.__name__
    }
    return sorted(found, key=lambda value: (value.__module__, value.__qualname__))


@pytest.mark.parametrize("struct", structs(), ids=lambda struct: struct.__qualname__)
def test_a_struct_cannot_be_changed(struct):
    assert struct.__struct_config__.frozen


@pytest.mark.parametrize("struct", structs(), ids=lambda struct: struct.__qualname__)
def test_a_struct_says_what_it_is(struct):
    assert (struct.__doc__ or "").strip()


@pytest.mark.parametrize("struct", [Board, Cluster, Flow, Parameter, Step, Resources, Fractions])
def test_what_is_read_from_a_file_refuses_what_it_does_not_know(struct):
    assert struct.__struct_config__.forbid_unknown_fields


@pytest.mark.parametrize("struct", structs(), ids=lambda struct: struct.__qualname__)
def test_no_struct_is_a_table_without_types(struct):
    loose = {"extensions", "attributes"}
    fields = {name: str(kind) for name, kind in inspect.get_annotations(struct).items()}
    assert [name for name, kind in fields.items() if "dict[str, Any]" in kind and name not in loose] == []
