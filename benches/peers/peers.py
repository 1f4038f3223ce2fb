"""Times other engines on models/fast, turn about with ours, and prints the medians.

Inputs are tokenized beforehand; ours is the encoder's own time in `newstance eval --json`. Batches of the
others hold 32 inputs sorted by length, the longest first.

With --avx2, engines are held to AVX2, those that can be (all of them where the processor has nothing more): `run` sets what they
ask the environment for.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast

sys.path.insert(0, "training")
from stance_data import InputBuilder, read_targets  # noqa: E402

ROUNDS = 5
BATCH = 32
THREADS = 2
MODEL = "models/fast"


AVX2 = "--avx2" in sys.argv
# Nothing holds ONNX Runtime to AVX2: it asks the processor alone.
HOLDS_ALL = not AVX2 or "avx512f" not in Path("/proc/cpuinfo").read_text()


def ceiling() -> float:
    """What two threads can do at most, in 1e9 operations on 8 bits a second: a loop in registers."""
    command = ["target/peers/ceiling"]
    loops = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(THREADS)]
    return sum(float(loop.communicate()[0]) for loop in loops)


def operations() -> float:
    """Operations of a token in the linear layers: two for each weight."""
    config = json.loads(Path(f"{MODEL}/config.json").read_text())
    hidden, wide = config["hidden_size"], config["intermediate_size"]
    return 2 * config["num_hidden_layers"] * (4 * hidden * hidden + 2 * hidden * wide)


def batches(files: list[str]) -> tuple[list[tuple[np.ndarray, np.ndarray, np.ndarray]], float]:
    builder = InputBuilder(Tokenizer.from_file(f"{MODEL}/tokenizer.json"))
    inputs = [builder.build(target) for file in files for target in read_targets(Path(file))]
    inputs.sort(key=lambda item: -len(item[0]))
    tokens = sum(len(ids) for ids, _ in inputs)
    print(f"{len(inputs)} inputs of {tokens / len(inputs):.1f} tokens on average")
    made = []
    for start in range(0, len(inputs), BATCH):
        rows = inputs[start : start + BATCH]
        longest = len(rows[0][0])
        ids, segments, mask = (np.zeros((len(rows), longest), dtype=np.int64) for _ in range(3))
        for row, (row_ids, row_segments) in enumerate(rows):
            ids[row, : len(row_ids)] = row_ids
            segments[row, : len(row_ids)] = row_segments
            mask[row, : len(row_ids)] = 1
        made.append((ids, mask, segments))
    return made, tokens / len(inputs)


def pytorch(model, kind):
    model = model.to(kind) if isinstance(kind, torch.dtype) else kind(model)

    def run(ids, mask, segments):
        with torch.inference_mode():
            tensors = [torch.from_numpy(array) for array in (ids, mask, segments)]
            return model(*tensors).logits

    return run


def onnx_runtime(path: str):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [given.name for given in session.get_inputs()]
    return lambda *arrays: session.run(None, dict(zip(names, arrays)))[0]


def openvino(path: str, precision: str):
    import openvino as ov

    hints = {"INFERENCE_NUM_THREADS": THREADS, "INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": 1}
    compiled = ov.Core().compile_model(path, "CPU", hints)
    return lambda *arrays: compiled(list(arrays))[0]


def ctranslate2(folder: Path, model):
    import ctranslate2 as ct
    from ctranslate2.converters import TransformersConverter

    class Converter(TransformersConverter):
        """Asks this transformers in the words that it knows."""

        def load_model(self, model_class, name, **options):
            options["torch_dtype"] = options.pop("dtype", None)
            return super().load_model(model_class, name, **options)

    # Of sequence classifiers, CTranslate2 runs the encoder; the head is ours and tiny.
    bert = folder / "bert"
    model.bert.save_pretrained(bert)
    special = {"unk_token": "[UNK]", "bos_token": "[CLS]", "eos_token": "[SEP]", "pad_token": "[PAD]"}
    PreTrainedTokenizerFast(tokenizer_file=f"{MODEL}/tokenizer.json", **special).save_pretrained(bert)
    Converter(str(bert)).convert(str(folder / "ct2"), quantization="int8")
    encoder = ct.Encoder(str(folder / "ct2"), device="cpu", intra_threads=THREADS, inter_threads=1)
    weight, bias = (tensor.detach().numpy() for tensor in (model.classifier.weight, model.classifier.bias))

    def run(ids, mask, segments):
        rows = [row[: int(valid.sum())].tolist() for row, valid in zip(ids, mask)]
        kinds = [row[: int(valid.sum())].tolist() for row, valid in zip(segments, mask)]
        output = encoder.forward_batch(rows, token_type_ids=kinds)
        return np.array(output.pooler_output) @ weight.T + bias

    return run


def ours(files: list[str], more: list[str]) -> float:
    command = ["target/release/newstance", "eval", "--json", "--threads", str(THREADS), *more, *files]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["encoded_per_second"]


def main() -> None:
    files = [file for file in sys.argv[1:] if file != "--avx2"]
    more = ["--kernel", "avx2"] if AVX2 else []
    torch.set_num_threads(THREADS)
    made, tokens = batches(files)
    count = sum(len(ids) for ids, _, _ in made)
    load = lambda: BertForSequenceClassification.from_pretrained(  # noqa: E731
        MODEL, torch_dtype=torch.float32, attn_implementation="sdpa"
    ).eval()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        f32, int8 = str(folder / "f32.onnx"), str(folder / "int8.onnx")
        axes = {key: {0: "batch", 1: "tokens"} for key in ("input_ids", "attention_mask", "token_type_ids")}
        eager = BertForSequenceClassification.from_pretrained(
            MODEL, torch_dtype=torch.float32, attn_implementation="eager"
        ).eval()
        example = tuple(torch.from_numpy(array) for array in made[-1])
        torch.onnx.export(
            eager, example, f32, input_names=list(axes), output_names=["logits"], dynamic_axes=axes, opset_version=17
        )
        from onnxruntime.quantization import QuantType, quantize_dynamic

        quantize_dynamic(f32, int8, weight_type=QuantType.QInt8, per_channel=True)
        linear_int8 = lambda model: torch.ao.quantization.quantize_dynamic(  # noqa: E731
            model, {torch.nn.Linear}, dtype=torch.qint8
        )
        peers = {
            "OpenVINO f32": openvino(f32, "f32"),
            "CTranslate2 int8": ctranslate2(folder, eager),
            "PyTorch f32": pytorch(load(), torch.float32),
            "PyTorch int8": pytorch(load(), linear_int8),
        }
        if HOLDS_ALL:
            peers["ONNX Runtime f32"] = onnx_runtime(f32)
            peers["ONNX Runtime int8"] = onnx_runtime(int8)
        # AVX2 has nothing for bf16.
        if not AVX2:
            peers["PyTorch bf16"] = pytorch(load(), torch.bfloat16)
            peers["OpenVINO bf16"] = openvino(f32, "bf16")
        engines = {"newstance int8": more}
        if not AVX2:
            engines["newstance f32"] = ["--precision", "f32"]
        expected = [np.asarray(peers["PyTorch f32"](*batch)) for batch in made]
        rates: dict[str, list[float]] = {name: [] for name in [*engines, *peers]}
        worst = {}
        ceilings = []
        for turn in range(ROUNDS):
            if not AVX2:
                ceilings.append(ceiling())
            for engine, options in engines.items():
                rates[engine].append(ours(files, options))
            for peer, run in peers.items():
                started = time.perf_counter()
                outputs = [run(*batch) for batch in made]
                rates[peer].append(count / (time.perf_counter() - started))
                if turn == 0:
                    far = [np.abs(np.asarray(torch.as_tensor(a).float()) - b).max() for a, b in zip(outputs, expected)]
                    worst[peer] = max(far)
    middle = {name: statistics.median(values) for name, values in rates.items()}
    print(f"sentences/s, the middle of {ROUNDS} turns, {THREADS} threads")
    for name, rate in middle.items():
        note = f"   logits within {worst[name]:.2g} of PyTorch f32" if name in worst else ""
        print(f"{name:18} {rate:8.1f}   ours is {middle['newstance int8'] / rate:5.2f} times{note}")
    if ceilings:
        reached = middle["newstance int8"] * tokens * operations() / 1e9
        most = statistics.median(ceilings)
        print(f"newstance int8: {reached:.0f} of {most:.0f} GOP/s, {100 * reached / most:.0f} %, counting every token in every layer")


if __name__ == "__main__":
    main()
