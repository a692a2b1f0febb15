# SPDX-License-Identifier: Apache-2.0
"""From a frozen Options struct to command-line flags and back: one field, one flag."""

import argparse
from enum import Enum
from typing import Any

import msgspec
from msgspec import inspect

from levada.core.errors import OptionError
from levada.core.stages import Options


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One option as a flag."""

    name: str
    flag: str
    help: str
    positional: bool
    metavar: str | None
    kind: type
    choices: tuple[Any, ...]
    repeated: bool
    required: bool
    file: bool
    default: Any


def fields(options: type[Options]) -> tuple[Field, ...]:
    """Return the flags of an Options struct, in its order."""
    return tuple(_field(field) for field in inspect.type_info(options).fields)  # type: ignore[attr-defined]


def add_to(parser: argparse.ArgumentParser, options: type[Options]) -> None:
    """Add a flag to ``parser`` for each option."""
    for field in fields(options):
        _add(parser, field)


def from_arguments(options: type[Options], arguments: argparse.Namespace) -> Options:
    """Return the options that were given on the command line; what was not given keeps its default."""
    given = {field.name: getattr(arguments, field.name, None) for field in fields(options)}
    return from_values(options, {name: value for name, value in given.items() if value is not None}, "command line")


def from_values(options: type[Options], values: dict[str, Any], where: str) -> Options:
    """Return the options with these values, texts converted where numbers are meant. Raise OptionError naming the option."""
    known = {field.name for field in fields(options)}
    for name in values:
        if name not in known:
            msg = f"{where}: no option {name!r}; there are {', '.join(sorted(known)) or 'none'}"
            raise OptionError(msg)
    try:
        return msgspec.convert(values, options, strict=False)
    except msgspec.ValidationError as error:
        msg = f"{where}: {error}"
        raise OptionError(msg) from None


def _field(field: inspect.Field) -> Field:
    inner, extra, description = _unwrap(field.type)
    default = None if field.default is msgspec.NODEFAULT else field.default
    if field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    repeated = isinstance(inner, (inspect.VarTupleType, inspect.ListType))
    item = inner.item_type if isinstance(inner, (inspect.VarTupleType, inspect.ListType)) else inner
    return Field(
        name=field.name,
        flag=extra.get("name") or "--" + field.name.replace("_", "-"),
        help=description,
        positional=bool(extra.get("positional")),
        metavar=extra.get("metavar"),
        kind=_python_type(item),
        choices=_choices(item),
        repeated=repeated,
        required=field.required,
        file=bool(extra.get("file")),
        default=default,
    )


def _unwrap(kind: inspect.Type) -> tuple[inspect.Type, dict[str, Any], str]:
    """Return a type without Metadata and None, with its flag description. What may be of several types is a text at first."""
    extra: dict[str, Any] = {}
    description = ""
    while isinstance(kind, (inspect.Metadata, inspect.UnionType)):
        if isinstance(kind, inspect.Metadata):
            extra |= kind.extra or {}
            description = (kind.extra_json_schema or {}).get("description", description)
            kind = kind.type
        else:
            inner = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
            kind = inner[0] if len(inner) == 1 else inspect.StrType()
    return kind, extra, description


def _choices(kind: inspect.Type) -> tuple[Any, ...]:
    if isinstance(kind, inspect.EnumType):
        return tuple(member.value for member in kind.cls)
    return tuple(kind.values) if isinstance(kind, inspect.LiteralType) else ()


def _python_type(kind: inspect.Type) -> type:
    if isinstance(kind, inspect.LiteralType):
        return type(kind.values[0])
    kinds: dict[type, type] = {inspect.IntType: int, inspect.FloatType: float, inspect.BoolType: bool}
    return kinds.get(type(kind), str)


def _add(parser: argparse.ArgumentParser, field: Field) -> None:
    metavar = field.metavar or (None if field.choices and not field.positional else field.name.upper())
    settings: dict[str, Any] = {"help": _help(field), "metavar": metavar}
    if field.positional:
        many, one = ("+", None) if field.required else ("*", "?")
        parser.add_argument(field.name, nargs=many if field.repeated else one, default=None, **settings)
    elif field.kind is bool and not field.repeated:
        action: Any = argparse.BooleanOptionalAction if field.default else "store_true"
        parser.add_argument(field.flag, action=action, default=None, dest=field.name, help=_help(field))
    else:
        settings |= {"type": field.kind, "required": field.required, "choices": field.choices or None}
        action = "append" if field.repeated else "store"
        parser.add_argument(field.flag, action=action, dest=field.name, **settings)


def _help(field: Field) -> str:
    shown = field.default not in (None, (), "", False)
    default = field.default.value if isinstance(field.default, Enum) else field.default
    text = f"{field.help} (default: {default})" if shown else field.help
    return text.replace("%", "%%")
