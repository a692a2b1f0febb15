# SPDX-License-Identifier: Apache-2.0
"""The registry: loads plug-ins from the entry-point group ``levada`` and answers for everything by name.

Built-ins come the same way as a stranger's. Nothing is swallowed: a plug-in that fails to import, misspells a hook, repeats
a name or returns the wrong type is an error that names it. One can be switched off by name.
"""

import inspect
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from typing import Any, TypeVar

import pluggy
from msgspec import Struct

from levada.core import hookspecs
from levada.core.boards import Board
from levada.core.cluster import Cluster
from levada.core.clusters import resolve
from levada.core.commands import Command, Commands
from levada.core.errors import DependencyError, NotRegisteredError, PluginError
from levada.core.interfaces import (
    Architecture,
    Dataset,
    Driver,
    HardwareLayer,
    Network,
    Partitioner,
    Topology,
    WeightStore,
)
from levada.core.networks import VNX, NetworkModel
from levada.core.stages import Stage

GROUP = "levada"
T = TypeVar("T")


class Kind(Struct, frozen=True):
    """One kind of thing that can be registered: how it is called, its hook, its type, the field that names it, who ships it."""

    word: str
    hook: str
    type: type
    key: str
    package: str

    @property
    def is_class(self) -> bool:
        """Say whether classes are registered (chosen by name) rather than values."""
        return not issubclass(self.type, Struct)


STAGE = Kind("stage", "levada_register_stage", Stage, "name", "the package of that stage")
BOARD = Kind("board", "levada_register_board", Board, "name", "levada-core")
CLUSTER = Kind("cluster", "levada_register_cluster", Cluster, "name", "levada-core")
WEIGHT_STORE = Kind("weight store", "levada_register_weight_store", WeightStore, "name", "levada-partition")
TOPOLOGY = Kind("topology", "levada_register_topology", Topology, "name", "levada-partition")
PARTITIONER = Kind("partitioner", "levada_register_partitioner", Partitioner, "name", "levada-partition")
NETWORK = Kind("network", "levada_register_network", Network, "name", "levada-netstack")
DRIVER = Kind("driver", "levada_register_driver", Driver, "name", "levada-runtime")
LAYER = Kind("layer", "levada_register_layer", HardwareLayer, "op", "levada-compile[finn]")
MODEL = Kind("model", "levada_register_model", Architecture, "name", "levada-qat")
DATASET = Kind("data set", "levada_register_dataset", Dataset, "name", "levada-qat")
KINDS = (STAGE, BOARD, CLUSTER, WEIGHT_STORE, TOPOLOGY, PARTITIONER, NETWORK, DRIVER, LAYER, MODEL, DATASET)


class Entry(Struct, frozen=True):
    """One registered thing and who registered it."""

    kind: Kind
    name: str
    plugin: str
    value: Any


class Plugin(Struct, frozen=True):
    """A loaded plug-in: its entry point's name, its distribution and version, and the module that it is."""

    name: str
    distribution: str
    version: str
    module: str


class Registry:
    """What is registered, by kind and name; classes are returned as classes."""

    def __init__(self, entry_points: Iterable[metadata.EntryPoint] | None = None, without: Sequence[str] = ()) -> None:
        """Load the plug-ins of ``entry_points`` (default: all that are installed) but those named in ``without``."""
        self._pm = pluggy.PluginManager("levada")
        self._pm.add_hookspecs(hookspecs)
        self._plugins: list[Plugin] = []
        self._cache: dict[str, dict[str, Entry]] = {}
        found = metadata.entry_points(group=GROUP) if entry_points is None else entry_points
        for entry_point in sorted(found, key=lambda point: (point.name != "core", point.name)):
            if entry_point.name not in without:
                self._load(entry_point)

    def add(self, module: object, name: str) -> None:
        """Register a plug-in that is no entry point, e.g. a module or an object made in a test."""
        _refuse_silent(module, name)
        try:
            self._pm.register(module, name)
            self._pm.check_pending()
        except pluggy.PluginValidationError as error:
            self._pm.unregister(name=name)
            msg = f"plug-in {name!r} does not fit the hooks: {error}; see levada.core.hookspecs for their names and arguments"
            raise PluginError(msg) from error
        except ValueError as error:
            msg = f"plug-in {name!r} is registered already: {error}"
            raise PluginError(msg) from error
        self._cache.clear()

    def _load(self, entry_point: metadata.EntryPoint) -> None:
        distribution = entry_point.dist.name if entry_point.dist else "?"
        try:
            module = entry_point.load()
        except (Exception, SystemExit) as error:
            msg = (
                f"plug-in {entry_point.name!r} of {distribution} failed to import ({type(error).__name__}: {error}); "
                f"mend or uninstall it, or leave it out with LEVADA_WITHOUT={entry_point.name}"
            )
            raise PluginError(msg) from error
        if self._pm.has_plugin(entry_point.name):
            msg = f"two plug-ins are named {entry_point.name!r}; the second is from {distribution}: uninstall one"
            raise PluginError(msg)
        self.add(module, entry_point.name)
        version = entry_point.dist.version if entry_point.dist else "?"
        self._plugins.append(Plugin(entry_point.name, distribution, version, entry_point.module))

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """Return the plug-ins that came from distributions."""
        return tuple(self._plugins)

    def observers(self, hook: str) -> tuple[tuple[str, Callable[..., None]], ...]:
        """Return plug-in name and function of everyone who implements a hook; each takes all of its arguments by name."""
        return tuple((impl.plugin_name, _taking_all(impl)) for impl in getattr(self._pm.hook, hook).get_hookimpls())

    def commands(self) -> dict[str, Command]:
        """Return the sub-commands that are no stage, by name. Raise PluginError for a name that is a command or stage already."""
        owners = {name: entry.plugin for name, entry in self.entries(STAGE).items()}
        found: dict[str, Command] = {}
        for plugin, function in self.observers("levada_register_command"):
            commands = Commands()
            try:
                function(commands=commands)
            except Exception as error:
                msg = f"plug-in {plugin!r} failed in levada_register_command ({type(error).__name__}: {error})"
                raise PluginError(msg) from error
            for command in commands:
                if command.name in owners:
                    raise PluginError(_twice("command", command.name, owners[command.name], plugin))
                owners[command.name], found[command.name] = plugin, command
        return found

    def entries(self, kind: Kind) -> dict[str, Entry]:
        """Return everything registered of one kind, by name. Raise PluginError for a wrong type or a repeated name."""
        if kind.hook not in self._cache:
            found: dict[str, Entry] = {}
            for implementation in getattr(self._pm.hook, kind.hook).get_hookimpls():
                for value in _returned(implementation.function, kind, implementation.plugin_name):
                    _enter(found, _checked(value, kind, implementation.plugin_name))
            self._cache[kind.hook] = found
        return self._cache[kind.hook]

    def get(self, kind: Kind, name: str) -> Any:
        """Return what is registered under ``name``. Raise NotRegisteredError naming what is, and what to install."""
        entries = self.entries(kind)
        if name not in entries:
            known = ", ".join(sorted(entries)) or "none"
            msg = f"no {kind.word} {name!r} is registered (registered: {known}); "
            msg += (
                f"install {kind.package}"
                if not entries
                else f"check the name, or install the plug-in that brings it ({kind.package} brings the built-in ones)"
            )
            raise NotRegisteredError(msg)
        return entries[name].value

    def stages(self) -> dict[str, type[Stage[Any]]]:
        """Return stage name → class."""
        return {name: entry.value for name, entry in self.entries(STAGE).items()}

    def board(self, name: str) -> Board:
        """Return a board."""
        return self.get(BOARD, name)  # type: ignore[no-any-return]

    def cluster(self, name_or_path: str) -> Cluster:
        """Return a preset by name, or the cluster in a file, checked against the registered boards."""
        presets = {name: entry.value for name, entry in self.entries(CLUSTER).items()}
        return resolve(name_or_path, presets, frozenset(self.entries(BOARD)))

    def weight_store(self, name: str) -> type[WeightStore]:
        """Return a weight store's class."""
        return self.get(WEIGHT_STORE, name)  # type: ignore[no-any-return]

    def weight_stores(self) -> dict[str, type[WeightStore]]:
        """Return weight store name → class."""
        return {name: entry.value for name, entry in self.entries(WEIGHT_STORE).items()}

    def topology(self, name: str) -> type[Topology]:
        """Return a topology's class."""
        return self.get(TOPOLOGY, name)  # type: ignore[no-any-return]

    def partitioner(self, name: str) -> type[Partitioner]:
        """Return a partitioner's class."""
        return self.get(PARTITIONER, name)  # type: ignore[no-any-return]

    def network(self, name: str) -> type[Network]:
        """Return a network's class. Raise DependencyError where it is not installed."""
        try:
            return self.get(NETWORK, name)  # type: ignore[no-any-return]
        except NotRegisteredError as error:
            raise DependencyError(str(error)) from None

    def network_model(self, name: str) -> NetworkModel:
        """Return the model of a network, also of the built-in one that is not installed."""
        entry = self.entries(NETWORK).get(name)
        if entry is None and name == VNX.name:
            return VNX
        return self.network(name).model

    def driver(self, name: str) -> type[Driver]:
        """Return a driver's class."""
        return self.get(DRIVER, name)  # type: ignore[no-any-return]

    def layers(self) -> dict[str, type[HardwareLayer]]:
        """Return FINN op type → layer class."""
        return {name: entry.value for name, entry in self.entries(LAYER).items()}

    def architecture(self, name: str) -> type[Architecture]:
        """Return a trainable network's class."""
        return self.get(MODEL, name)  # type: ignore[no-any-return]

    def dataset(self, name: str) -> type[Dataset]:
        """Return a data set's class."""
        return self.get(DATASET, name)  # type: ignore[no-any-return]


def _returned(function: Callable[[], Any], kind: Kind, plugin: str) -> list[Any]:
    try:
        values = function()
    except Exception as error:
        msg = f"plug-in {plugin!r} failed in {kind.hook} ({type(error).__name__}: {error})"
        raise PluginError(msg) from error
    if not isinstance(values, list):
        msg = f"plug-in {plugin!r}: {kind.hook} must return a list, it returned {type(values).__name__}"
        raise PluginError(msg)
    return values


def _checked(value: Any, kind: Kind, plugin: str) -> Entry:
    expected = f"a subclass of {kind.type.__name__}" if kind.is_class else f"a {kind.type.__name__}"
    fits = isinstance(value, type) and issubclass(value, kind.type) if kind.is_class else isinstance(value, kind.type)
    if not fits:
        hint = (
            f" (an instance: leave out the parentheses of {type(value).__name__}())"
            if isinstance(value, kind.type)
            else ""
        )
        msg = f"plug-in {plugin!r}: {kind.hook} must return {expected}, it returned {value!r}{hint}"
        raise PluginError(msg)
    name = getattr(value, kind.key, None)
    if not isinstance(name, str) or not name:
        msg = f"plug-in {plugin!r}: {value!r} needs a {kind.key!r}, a string, to be chosen by"
        raise PluginError(msg)
    missing = _missing(value, kind.type) if kind.is_class else []
    if missing:
        msg = f"plug-in {plugin!r}: {kind.word} {name!r} lacks {', '.join(missing)}"
        raise PluginError(msg)
    return Entry(kind, name, plugin, value)


def _missing(value: type, interface: type) -> list[str]:
    """Return the methods and class variables of an interface that a class does not have."""
    demanded = [name for base in interface.__mro__ for name in vars(base).get("__annotations__", {})]
    absent = {name for name in demanded if not hasattr(value, name)}
    return sorted(absent | set(getattr(value, "__abstractmethods__", ())))


def _enter(found: dict[str, Entry], entry: Entry) -> None:
    if entry.name in found:
        raise PluginError(_twice(entry.kind.word, entry.name, found[entry.name].plugin, entry.plugin))
    found[entry.name] = entry


def _twice(word: str, name: str, first: str, second: str) -> str:
    return (
        f"{word} {name!r} is registered twice, by plug-in {first!r} and by plug-in {second!r}; "
        f"rename one, or leave one plug-in out with LEVADA_WITHOUT"
    )


def _refuse_silent(module: object, name: str) -> None:
    """Refuse what pluggy would take in silence: a class, whose hooks lack their self, and a hook that lacks its mark."""
    if isinstance(module, type):
        msg = f"plug-in {name!r} is the class {module.__name__}; register an instance of it, {module.__name__}()"
        raise PluginError(msg)
    for word in dir(module):
        function = getattr(module, word, None)
        if word.startswith("levada_") and inspect.isroutine(function) and not hasattr(function, "levada_impl"):
            msg = f"plug-in {name!r}: {word} is no hook without the mark @levada.core.hookspecs.hookimpl above it"
            raise PluginError(msg)


def _taking_all(implementation: pluggy.HookImpl) -> Callable[..., None]:
    """Return an implementation that takes all arguments of its hook, and passes on those it asks for."""

    def call(**facts: Any) -> None:
        implementation.function(**{name: facts[name] for name in implementation.argnames})

    return call
