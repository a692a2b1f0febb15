# SPDX-License-Identifier: Apache-2.0
"""Any valid manifest, made from the types themselves by the throw of a die (a strategy of hypothesis takes seconds for each)."""

import random
import string

import msgspec
import pytest
from msgspec import inspect

from levada.core.manifests import KINDS, kind_of

MANIFESTS_EACH = 6


def valid(kind, dice):
    """Return a value of a msgspec type."""
    if isinstance(kind, inspect.StructType):
        return kind.cls(**{field.name: valid(field.type, dice) for field in kind.fields})
    if isinstance(kind, inspect.VarTupleType):
        return tuple(valid(kind.item_type, dice) for _ in range(dice.randrange(3)))
    if isinstance(kind, inspect.DictType):
        return {word(dice, 1): valid(kind.value_type, dice) for _ in range(dice.randrange(3))}
    if isinstance(kind, inspect.UnionType):
        return valid(dice.choice(kind.types), dice)
    if isinstance(kind, inspect.Metadata):
        return valid(kind.type, dice)
    return simple(kind, dice)


def simple(kind, dice):
    """Return a value of a type without parts."""
    if isinstance(kind, inspect.LiteralType):
        return dice.choice(kind.values)
    if isinstance(kind, inspect.EnumType):
        return dice.choice(list(kind.cls))
    if isinstance(kind, inspect.StrType):
        return f"{dice.getrandbits(256):064x}" if kind.pattern else word(dice)
    makers = {
        inspect.IntType: lambda: dice.choice([0, 1, dice.randrange(2**53)]),
        inspect.FloatType: lambda: dice.choice([0.0, -1.5, dice.random(), 1e300, 1e-300]),
        inspect.BoolType: lambda: dice.random() < 0.5,
        inspect.NoneType: lambda: None,
        inspect.AnyType: lambda: dice.choice([None, 3, "x", [1, {"deep": None}], {"a": {"b": []}}]),
    }
    return makers[type(kind)]()


def word(dice, least=0):
    """Return a text of letters, some of them odd."""
    letters = string.ascii_letters + 'äß水 ->"\\/'
    return "".join(dice.choices(letters, k=dice.randrange(least, 9)))


@pytest.fixture(params=[kind_of(kind) for kind in KINDS], scope="session")
def manifests(request):
    """Half a dozen manifests of one kind, and nothing alike between them."""
    kind = next(kind for kind in KINDS if kind_of(kind) == request.param)
    return [valid(inspect.type_info(kind), random.Random(seed)) for seed in range(MANIFESTS_EACH)]


def records(value, path="$"):
    """Yield every JSON object that is a record of a manifest, with its place; extensions are anybody's."""
    if isinstance(value, dict):
        yield path, value
        for name, inner in value.items():
            if name != "extensions":
                yield from records(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from records(inner, f"{path}[{number}]")


@pytest.fixture(scope="session")
def records_of():
    """Return the records of a manifest as builtins, with their places; the tables of files and sources are none."""

    def found(manifest):
        raw = msgspec.to_builtins(manifest)
        return raw, [(path, each) for path, each in records(raw) if path not in ("$.files", "$.sources")]

    return found
