"""The .onnx file, as the package `onnx` reads and checks it."""

from pathlib import Path

import numpy as np
import pytest

from memp.embed.written.onnx_file import FLOAT, IR_VERSION, OPSET, Graph


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A graph of two inputs, with constants, every kind of attribute, and weights beside it."""
    np.array([9, 1, 2, 3, 4, 5, 6], dtype=np.float32).tofile(tmp_path / "weights.bin")
    graph = Graph("weights.bin")
    ids, mask = graph.input("ids", ("texts", "tokens")), graph.input("mask", ("texts", "tokens"))
    table = graph.weight("table", (3, 2), 4, 24)
    rows = graph.add("Gather", table, ids, axis=0)
    kept = graph.add("Mul", rows, graph.add("Unsqueeze", graph.add("Cast", mask, to=FLOAT), graph.integers(2)))
    sums = graph.add("ReduceSum", kept, graph.integers(1), keepdims=0)
    turned = graph.add("Transpose", graph.add("LeakyRelu", sums, alpha=0.5), perm=(1, 0))
    scaled = graph.add("Mul", graph.add("Transpose", turned, perm=(1, 0)), graph.number(-2.5))
    zero = graph.add("Cast", graph.integer(-(2**40)), to=FLOAT)
    (tmp_path / "graph.onnx").write_bytes(
        graph.file(graph.add("Add", scaled, graph.add("Mul", zero, graph.number(0.0))), "vectors", ("texts", 2))
    )
    return tmp_path / "graph.onnx"


def test_the_package_onnx_reads_and_checks_the_file(path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    onnx.checker.check_model(str(path), full_check=True)
    model = onnx.load(str(path), load_external_data=False)
    assert (model.ir_version, model.opset_import[0].version) == (IR_VERSION, OPSET)
    assert [value.name for value in model.graph.input] == ["ids", "mask"]
    shape = model.graph.output[0].type.tensor_type.shape.dim
    assert (shape[0].dim_param, shape[1].dim_value) == ("texts", 2)
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer[1:]}
    assert -(2**40) in [array.item() for array in constants.values() if array.shape == ()]


def test_the_runtime_computes_what_the_graph_says_for_any_number_of_texts_and_tokens(path: Path) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    ids = np.array([[0, 1, 2], [2, 2, 0]], dtype=np.int64)
    mask = np.array([[1, 1, 0], [1, 0, 0]], dtype=np.int64)
    (vectors,) = session.run(None, {"ids": ids, "mask": mask})
    np.testing.assert_allclose(vectors, [[-10, -15], [-12.5, -15]])
    assert session.run(None, {"ids": ids[:1, :1], "mask": mask[:1, :1]})[0].shape == (1, 2)
