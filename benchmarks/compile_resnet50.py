"""How much CPU time Levada's way from QONNX to hardware layers takes for ResNet-50, beside FINN's own way to the same graph.

Each way runs in a process of its own, with the same threads, from the same QONNX file; counted is all CPU time of that process, from
the interpreter's start to the saved graph. Both graphs must be equal once nodes and tensors are named by their place: operators,
attributes, wiring, constants bit by bit, shapes, data types and layouts. Free text of nodes is not compared. The last line is the
ratio of CPU times; the exit status is 1 where the graphs differ or the ratio is above the goal.

    python benchmarks/compile_resnet50.py [--bits w4a5 --bits w1a2] [--graph FILE]
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import onnx

from levada.compile.finn_session import finn_session
from levada.core.artefact import load
from levada.core.manifests import Model, Tensor
from levada.core.progress import Progress

GOAL = 0.20
"""At most this share of FINN's own CPU time."""
MOST_GB = 2.5
"""Of peak memory."""
LABELS = 5
THREADS = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
PIXELS = Tensor(name="pixels", shape=(224, 224, 3), datatype="INT8", layout="NHWC")


class Cost(NamedTuple):
    """What a process used."""

    cpu_s: float
    wall_s: float
    peak_gb: float


def main() -> None:
    """Compare both ways for each precision; print the worst ratio last."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bits", action="append", help="precision of the network that is made, w4a5 if none is given")
    parser.add_argument("--graph", type=Path, help="QONNX file of ResNet-50 with INT8 pixels, instead of making one")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        WAYS[given.way](*given.files)
        return
    with tempfile.TemporaryDirectory() as folder:
        graphs = {given.graph.name: given.graph} if given.graph else made(given.bits or ["w4a5"], Path(folder))
        found = [compared(name, graph, Path(folder)) for name, graph in graphs.items()]
    worst = max(ratio for ratio, _ in found)
    print(f"CPU time, ratio to FINN's own: {worst:.3f} (goal: at most {GOAL})")
    sys.exit(0 if worst <= GOAL and all(fine for _, fine in found) else 1)


def made(precisions: list[str], folder: Path) -> dict[str, Path]:
    """Return QONNX files of calibrated, untrained networks."""
    for bits in precisions:
        command = ["train", "resnet50", "--bits", bits, "--epochs", "0", "--golden", "1", "--out", str(folder / bits)]
        subprocess.run([Path(sys.executable).with_name("levada"), *command], check=True)
    return {bits: load(folder / bits, Model).payload("graph") for bits in precisions}


def compared(name: str, graph: Path, folder: Path) -> tuple[float, bool]:
    """Print what both ways cost and whether they end alike; return the ratio of CPU times and whether all is well."""
    results = {way: folder / f"{way}.onnx" for way in WAYS}
    costs = {way: measured(way, graph, result) for way, result in results.items()}
    for way, cost in costs.items():
        print(
            f"{name:>8} {way:>7}: {cost.cpu_s:6.1f} s CPU, {cost.wall_s:6.1f} s wall, {cost.peak_gb:.2f} GB peak",
            flush=True,
        )
    stock, levada = (canonical(onnx.load(results[way]).graph) for way in ("stock", "levada"))
    differences = [(ours, theirs) for ours, theirs in zip(levada, stock, strict=False) if ours != theirs]
    for ours, theirs in differences[:5]:
        print(f"{name:>8} differs: levada {ours}\n{'':>8}          stock {theirs}")
    same = not differences and len(levada) == len(stock)
    nodes = sum(fact[0] == "node" for fact in levada)
    print(
        f"{name:>8} graphs : {'equal' if same else 'DIFFERENT'}, {nodes} nodes, {len(levada) - nodes} tensors",
        flush=True,
    )
    return costs["levada"].cpu_s / costs["stock"].cpu_s, same and costs["levada"].peak_gb <= MOST_GB


def measured(way: str, graph: Path, result: Path) -> Cost:
    """Run one way in a process of its own."""
    command = [sys.executable, __file__, "--way", way, str(graph), str(result)]
    start = time.monotonic()
    process = os.posix_spawn(sys.executable, command, os.environ | THREADS)
    _, status, used = os.wait4(process, 0)
    if status:
        sys.exit(f"the {way} way failed with status {os.waitstatus_to_exitcode(status)}")
    return Cost(used.ru_utime + used.ru_stime, time.monotonic() - start, used.ru_maxrss * 1024 / 1e9)


def stock_way(graph: Path, result: Path) -> None:
    """Compile as FINN does."""
    with tempfile.TemporaryDirectory() as scratch, finn_session(Path(scratch)):
        from _stock_sequence import stock

        stock(str(graph), PIXELS.datatype, LABELS).save(str(result))


def levada_way(graph: Path, result: Path) -> None:
    """Compile as `levada compile` does, as far as hardware layers."""
    with tempfile.TemporaryDirectory() as scratch, finn_session(Path(scratch)):
        from levada.compile.compiler import transform
        from levada.compile.reading import read_graph

        transform(read_graph(graph, PIXELS), LABELS, Progress()).hardware.save(str(result))


def canonical(graph: onnx.GraphProto) -> list[tuple[object, ...]]:
    """Return all that counts of a graph, nodes and tensors named by their place on the way back from the output."""
    nodes = list(placed(graph))
    names: dict[str, str] = {end.name: f"input {at}" for at, end in enumerate(graph.input)}
    for at, node in enumerate(nodes):
        names.update((tensor, f"{at}.{place}") for place, tensor in enumerate(node.output))
        names.update((tensor, f"{at} takes {place}") for place, tensor in enumerate(node.input) if tensor not in names)
    facts: list[tuple[object, ...]] = []
    for at, node in enumerate(nodes):
        attributes = tuple(sorted(each.SerializeToString(deterministic=True) for each in node.attribute))
        wiring = (tuple(names[each] for each in node.input), tuple(names[each] for each in node.output))
        facts.append(("node", at, node.domain, node.op_type, *wiring, attributes))
    facts += [("output", at, names[end.name]) for at, end in enumerate(graph.output)]
    return facts + sorted(tensors(graph, names), key=str)


def placed(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """Give each node after those it depends on, following inputs in order."""
    makers = {tensor: node for node in graph.node for tensor in node.output}
    done: set[str] = set()
    waiting = [end.name for end in reversed(graph.output)]
    while waiting:
        node = makers.get(waiting[-1])
        missing = [] if node is None or node.output[0] in done else [
            each for each in node.input if each in makers and makers[each].output[0] not in done
        ]  # fmt: skip
        if missing:
            waiting += reversed(missing)
            continue
        waiting.pop()
        if node is not None and node.output[0] not in done:
            done.add(node.output[0])
            yield node


def tensors(graph: onnx.GraphProto, names: dict[str, str]) -> Iterator[tuple[object, ...]]:
    """Give what is said of each tensor: its shape, its annotations, a constant's content."""
    for entry in (*graph.input, *graph.output, *graph.value_info):
        yield "shape", names.get(entry.name, "loose"), entry.type.SerializeToString(deterministic=True)
    for entry in graph.quantization_annotation:
        said = sorted((each.key, each.value) for each in entry.quant_parameter_tensor_names)
        yield "annotations", names.get(entry.tensor_name, "loose"), tuple(said)
    for entry in graph.initializer:
        values = onnx.numpy_helper.to_array(entry)
        digest = hashlib.sha256(values.tobytes()).hexdigest()
        yield "constant", names.get(entry.name, "loose"), entry.data_type, tuple(entry.dims), digest


WAYS = {"stock": stock_way, "levada": levada_way}

if __name__ == "__main__":
    main()
