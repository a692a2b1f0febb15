# SPDX-License-Identifier: Apache-2.0
"""FINN's graph wrapper with look-ups that do not read the whole graph, and transformations that do not copy it.

QONNX's own wrapper answers every question (who makes this tensor? what is its shape?) by reading a whole list, and each of its
transformations copies the graph with all weights and then tidies it with more such questions: on a network of 700 nodes that is
nearly all of the time. Here a place found once is remembered and **looked at again before it is believed**, so that an edit
of the graph behind the wrapper's back, as transformations make them, costs one reading of the list but never a wrong answer.
What is relied on is what ONNX demands: no tensor is made twice, and no list holds a name twice.
"""

from ast import literal_eval
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Self

from onnx import TensorProto, helper, numpy_helper

from levada.compile._finn import DataType, InferDataTypes, ModelWrapper, Transformation, valueinfo_to_tensor
from levada.compile.tidying import TYPE, clean, container_type, fingerprint, infer_types, own_form


@cache
def _datatype(name: str) -> Any:
    return DataType[name]


class Places:
    """Where each name stands in a list of a graph, such as its constants or its annotations."""

    def __init__(self, field: str = "name") -> None:
        """Take the field of the list's entries that holds their name."""
        self._field = field
        self._places: dict[str, int] = {}
        self._names: list[str] = []

    def find(self, entries: Any, name: str) -> int | None:
        """Return the place of the first entry called ``name``, None where there is none."""
        place = self._places.get(name)
        if place is not None and place < len(entries) and getattr(entries[place], self._field) == name:
            return place
        field = self._field
        names = [getattr(entry, field) for entry in entries]
        if names != self._names:
            self._names = names
            self._places = {each: at for at, each in reversed(list(enumerate(names)))}
        return self._places.get(name)

    def entry(self, entries: Any, name: str) -> Any | None:
        """Return the first entry called ``name``, None where there is none."""
        place = self.find(entries, name)
        return None if place is None else entries[place]


class Makers:
    """Which node makes each tensor."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._places: dict[str, int] = {}

    def find(self, nodes: Any, tensor: str) -> Any | None:
        """Return the node that makes ``tensor``, None where none does."""
        place = self._places.get(tensor)
        if place is not None and place < len(nodes) and tensor in nodes[place].output:
            return nodes[place]
        self._places = {}
        for at, node in enumerate(nodes):
            for made in node.output:
                self._places.setdefault(made, at)
        place = self._places.get(tensor)
        return None if place is None else nodes[place]


class Context(dict[str, Any]):
    """The values of a graph's tensors, constants filled in and all others zero, each made when it is asked for."""

    def __init__(self, model: "IndexedModel") -> None:
        """Take the graph."""
        super().__init__({"": None})
        self._model = model

    def __missing__(self, tensor: str) -> Any:
        value = self._model.get_initializer(tensor)
        if value is None:
            entry = self._model.get_tensor_valueinfo(tensor)
            if entry is None:
                raise KeyError(tensor)
            value = valueinfo_to_tensor(entry)
        self[tensor] = value
        return value


class IndexedModel(ModelWrapper):  # type: ignore[misc]
    """A graph for FINN's transformations, with quick look-ups, that is copied as a whole only where it is asked for.

    It is tidy (sorted, nothing unused, constants last and unshared) after each transformation, as QONNX's own wrapper leaves it.
    """

    def __init__(self, proto: Any, **options: bool) -> None:
        """Wrap an ``onnx.ModelProto``, without copying it."""
        self._constants, self._shapes, self._annotations = Places(), Places(), Places("tensor_name")
        self._makers = Makers()
        self._clean_as: object = None
        self._depth = 0
        self._settled: set[object] = set()
        super().__init__(proto, **options)

    @classmethod
    def copy_of(cls, model: ModelWrapper) -> Self:
        """Return a copy of a graph, whichever wrapper it has."""
        proto = type(model.model)()
        proto.CopyFrom(model.model)
        return cls(proto)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let transformations change this graph inside the block, instead of a copy. They always do so among themselves."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def transform(
        self,
        transformation: Transformation,
        *,
        make_deepcopy: bool = True,
        cleanup: bool = True,
        **_subgraphs: bool,  # there are none
    ) -> Self:
        """Return the graph after a transformation has been applied until it changes nothing more."""
        model = self.copy_of(self) if make_deepcopy and not self._depth else self
        with model.in_place():
            model._apply(transformation)
        if cleanup:
            model.cleanup()
        return model

    def _apply(self, transformation: Transformation) -> None:
        own = own_form(transformation)
        if own is not None:
            own(self)
            return
        if type(transformation) is InferDataTypes and not transformation.allow_scaledint_dtypes:
            infer_types(transformation, self, self._settled)
            return
        changed = True
        while changed:
            model, changed = transformation.apply(self)
            self.model = model.model

    def cleanup(self) -> Self:
        """Tidy the graph, unless it stands as the last tidying left it."""
        if fingerprint(self.graph) != self._clean_as:
            clean(self)
            self._clean_as = fingerprint(self.graph)
        return self

    def make_empty_exec_context(self) -> dict[str, Any]:
        """Return room for the values of all tensors; while a transformation runs, which executes single nodes, on demand."""
        return Context(self) if self._depth else super().make_empty_exec_context()

    def find_producer(self, tensor_name: str) -> Any | None:
        """Return the node that makes the tensor, None for inputs and constants."""
        graph = self.graph
        if self._constants.entry(graph.initializer, tensor_name) is not None:
            return None
        return self._makers.find(graph.node, tensor_name)

    def find_consumers(self, tensor_name: str) -> list[Any]:
        """Return the nodes that take the tensor, as often as they take it."""
        takers = [node for node in self.graph.node if tensor_name in node.input]
        return [node for node in takers for taken in node.input if taken == tensor_name]

    def get_initializer(self, tensor_name: str, *, return_dtype: bool = False) -> Any:
        """Return the constant's values, None where the tensor is none; with its ONNX type if asked for."""
        constant = self._constants.entry(self.graph.initializer, tensor_name)
        value = None if constant is None else numpy_helper.to_array(constant)
        kind = None if constant is None else constant.data_type
        return (value, kind) if return_dtype else value

    def set_initializer(self, tensor_name: str, tensor_value: Any) -> None:
        """Make the tensor a constant with these values."""
        constants = self.graph.initializer
        constant = self._constants.entry(constants, tensor_name)
        made = numpy_helper.from_array(tensor_value, tensor_name)
        if constant is None:
            constants.append(made)
        else:
            constant.CopyFrom(made)
        self.set_tensor_shape(tensor_name, list(tensor_value.shape), made.data_type)

    def get_tensor_valueinfo(self, tensor_name: str) -> Any | None:
        """Return what is said of the tensor's shape, None where nothing is."""
        graph = self.graph
        for end in (*graph.input, *graph.output):
            if end.name == tensor_name:
                return end
        return self._shapes.entry(graph.value_info, tensor_name)

    def get_tensor_shape(self, tensor_name: str, *, fix_missing_init_shape: bool = False) -> list[int] | None:
        """Return the tensor's shape, None where it is not known; write it down for a constant if asked for."""
        entry = self.get_tensor_valueinfo(tensor_name)
        if entry is not None:
            return [size.dim_value for size in entry.type.tensor_type.shape.dim]
        constant = self._constants.entry(self.graph.initializer, tensor_name)
        if constant is None:
            return None
        if fix_missing_init_shape:
            self.set_tensor_shape(tensor_name, constant.dims, constant.data_type)
        return list(constant.dims)

    def set_tensor_shape(self, tensor_name: str, tensor_shape: Iterable[int], dtype: int | None = None) -> None:
        """Write down the tensor's shape; its type stays, or is float32, if not given."""
        entry = self.get_tensor_valueinfo(tensor_name)
        kind = dtype if dtype is not None else entry.type.tensor_type.elem_type if entry else TensorProto.FLOAT
        made = helper.make_tensor_value_info(tensor_name, kind, tensor_shape)
        if entry is None:
            self.graph.value_info.append(made)
        else:
            entry.CopyFrom(made)

    def get_tensor_datatype(self, tensor_name: str) -> Any:
        """Return the tensor's annotated data type; without one, what its ONNX type says."""
        annotated = self._annotation(tensor_name, TYPE)
        if annotated is not None:
            return _datatype(annotated.value)
        entry = self.get_tensor_valueinfo(tensor_name)
        constant = None if entry else self._constants.entry(self.graph.initializer, tensor_name)
        kind = entry.type.tensor_type.elem_type if entry else constant.data_type if constant else None
        return _datatype(container_type(kind))

    def set_tensor_datatype(self, tensor_name: str, datatype: Any) -> None:
        """Annotate the tensor's data type; None takes the annotation away."""
        if datatype is None:
            super().set_tensor_datatype(tensor_name, datatype)
        else:
            self._annotate(tensor_name, TYPE, datatype.name)

    def get_tensor_layout(self, tensor_name: str) -> list[str] | None:
        """Return the names of the tensor's dimensions, None where they are not annotated."""
        annotated = self._annotation(tensor_name, "tensor_layout")
        return None if annotated is None else literal_eval(annotated.value)

    def set_tensor_layout(self, tensor_name: str, data_layout: list[str]) -> None:
        """Annotate the names of the tensor's dimensions."""
        self._annotate(tensor_name, "tensor_layout", str(data_layout))

    def get_tensor_sparsity(self, tensor_name: str) -> dict[str, Any] | None:
        """Return how sparse the tensor is, None where it is not annotated."""
        annotated = self._annotation(tensor_name, "tensor_sparsity")
        return None if annotated is None else literal_eval(annotated.value)

    def set_tensor_sparsity(self, tensor_name: str, sparsity_dict: dict[str, Any]) -> None:
        """Annotate how sparse the tensor is."""
        self._annotate(tensor_name, "tensor_sparsity", str(sparsity_dict))

    def _annotation(self, tensor: str, key: str) -> Any | None:
        annotations = self._annotations.entry(self.graph.quantization_annotation, tensor)
        found = (each for each in annotations.quant_parameter_tensor_names if each.key == key) if annotations else ()
        return next(iter(found), None)

    def _annotate(self, tensor: str, key: str, value: str) -> None:
        annotated = self._annotation(tensor, key)
        if annotated is not None:
            annotated.value = value
            return
        annotations = self._annotations.entry(self.graph.quantization_annotation, tensor)
        if annotations is None:
            annotations = self.graph.quantization_annotation.add(tensor_name=tensor)
        annotations.quant_parameter_tensor_names.add(key=key, value=value)
