# SPDX-License-Identifier: Apache-2.0
"""From a frozen Options struct to command-line flags and back: one field, one flag."""

import argparse
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
        choices=tuple(item.values) if isinstance(item, inspect.LiteralType) else (),
        repeated=repeated,
        required=field.required,
        default=default,
    )


def _unwrap(kind: inspect.Type) -> tuple[inspect.Type, dict[str, Any], str]:
    """Return a type without Metadata and None, with its flag description."""
    extra: dict[str, Any] = {}
    description = ""
    while isinstance(kind, (inspect.Metadata, inspect.UnionType)):
        if isinstance(kind, inspect.Metadata):
            extra |= kind.extra or {}
            description = (kind.extra_json_schema or {}).get("description", description)
            kind = kind.type
        else:
            kind = next(inner for inner in kind.types if not isinstance(inner, inspect.NoneType))
    return kind, extra, description


def _python_type(kind: inspect.Type) -> type:
    if isinstance(kind, inspect.LiteralType):
        return type(kind.values[0])
    kinds: dict[type, type] = {inspect.IntType: int, inspect.FloatType: float, inspect.BoolType: bool}
    return kinds.get(type(kind), str)


def _add(parser: argparse.ArgumentParser, field: Field) -> None:
    settings: dict[str, Any] = {"help": _help(field), "dest": field.name}
    if field.positional:
        settings.pop("dest")
        parser.add_argument(field.name, metavar=field.metavar or field.name.upper(), help=_help(field))
        return
    if field.kind is bool:
        action: Any = argparse.BooleanOptionalAction if field.default else "store_true"
        parser.add_argument(field.flag, action=action, default=None, **settings)
        return
    settings |= {"type": field.kind, "required": field.required, "choices": field.choices or None}
    settings["metavar"] = field.metavar or (None if field.choices else field.name.upper())
    if field.repeated:
        settings["action"] = "append"
    parser.add_argument(field.flag, **settings)


def _help(field: Field) -> str:
    text = field.help.replace("%", "%%")
    shown = field.default not in (None, (), "", False)
    return f"{text} (default: {field.default})" if shown else text
