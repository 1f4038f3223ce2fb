"""Times other engines on our models' weights, turn about with ours, and prints the medians.

usage: peers.py [--avx2] [--model fast|accurate] [--pad TOKENS] [GOLD.jsonl...]    (run makes what it needs)

Inputs are tokenized beforehand; ours, and rust-bert's on libtorch, is the encoder's own time in `newstance eval --json`. Batches of the others
hold 32 inputs sorted by length, the longest first. --pad makes every sentence longer by words until its input has about so many tokens.

With --avx2, all are held to AVX2: those that ask the environment by what `run` sets, the others by hold.c.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

HELD = Path("target/peers/held")
if "--avx2" in sys.argv:
    sys.path.insert(0, str(HELD.absolute()))
sys.path.insert(0, "training")

import numpy as np  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from stance_data import InputBuilder, read_targets  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402
from transformers import (  # noqa: E402
    AutoConfig,
    BertForSequenceClassification,
    MPNetForSequenceClassification,
    PreTrainedTokenizerFast,
)

ROUNDS = 5
BATCH = 32
THREADS = 2
NAMES = ("input_ids", "attention_mask", "token_type_ids")
FILLER = " , as several people who know the matter said on Monday"


class Peer:
    """An engine of Python's: a function from arrays to logits."""

    def __init__(self, run):
        self.run = run

    def turn(self, batches):
        started = time.perf_counter()
        outputs = [self.run(*batch) for batch in batches]
        return time.perf_counter() - started, [np.asarray(torch.as_tensor(output).float()) for output in outputs]


class Program:
    """An engine of Rust's: a program that runs all batches for each line."""

    def __init__(self, engine, model, inputs, held):
        threads = {"RTEN_NUM_THREADS": str(THREADS), "RAYON_NUM_THREADS": str(THREADS)}
        program = (HELD if held else Path("target/peers-rust/release")) / "peers"
        self.process = subprocess.Popen(
            [program, engine, model, inputs],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **threads},
        )  # fmt: skip

    def turn(self, batches):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["seconds"], [np.array(logits) for logits in answer["logits"]]


def ceiling(kernel: str) -> float:
    """What two threads can do at most, in 1e9 operations on 8 bits a second: a loop in registers."""
    command = ["target/peers/ceiling", kernel]
    loops = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(THREADS)]
    return sum(float(loop.communicate()[0]) for loop in loops)


def operations(config) -> float:
    """Operations of a token in the linear layers: two for each weight."""
    hidden, wide = config.hidden_size, config.intermediate_size
    return 2 * config.num_hidden_layers * (4 * hidden * hidden + 2 * hidden * wide)


def model_of(folder: Path, attention: str):
    """The model in f32. Weights that are stored in 8 bits are a value, a scale of the output and, if there is one, a factor of the input."""
    if not (folder / "model.safetensors.index.json").exists():
        return BertForSequenceClassification.from_pretrained(
            folder, torch_dtype=torch.float32, attn_implementation=attention
        ).eval()
    stored = {}
    for shard in sorted(folder.glob("model-*.safetensors")):
        stored |= load_file(shard)
    weights = {}
    for name, tensor in stored.items():
        if name.endswith(("_scale", "_factor")):
            continue
        weights[name] = tensor.float()
        if tensor.dtype == torch.int8:
            factor = stored.get(f"{name}_factor", torch.ones(tensor.shape[1]))
            weights[name] *= stored[f"{name}_scale"].float()[:, None] * factor.float()
    config = AutoConfig.from_pretrained(folder)
    config.torch_dtype = torch.float32
    model = MPNetForSequenceClassification(config)
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert not unexpected and all("position_ids" in name for name in missing), (missing, unexpected)
    return model.eval()


def batches_of(folder: Path, config, files: list[str]):
    """Arrays of each batch, and how many inputs and tokens there are."""
    builder = InputBuilder(Tokenizer.from_file(str(folder / "tokenizer.json")))
    inputs = [builder.build(target) for file in files for target in read_targets(Path(file))]
    inputs.sort(key=lambda item: -len(item[0]))
    tokens = sum(len(ids) for ids, _ in inputs)
    made = []
    for start in range(0, len(inputs), BATCH):
        rows = inputs[start : start + BATCH]
        shape = len(rows), len(rows[0][0])
        ids = np.full(shape, config.pad_token_id, dtype=np.int64)
        mask, segments = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for row, (row_ids, row_segments) in enumerate(rows):
            ids[row, : len(row_ids)] = row_ids
            segments[row, : len(row_ids)] = row_segments
            mask[row, : len(row_ids)] = 1
        made.append((ids, mask, segments))
    return made, len(inputs), tokens


def longer(files: list[str], pad: int, folder: Path) -> list[str]:
    """The same gold data with longer sentences."""
    made = []
    for file in files:
        lines = []
        for line in Path(file).read_text().splitlines():
            record = json.loads(line)
            text = record["sentence_normalized"]
            # A word of the filler is about a token.
            missing = max(0, pad - len(text.split()) * 4 // 3 - 6)
            record["sentence_normalized"] = text + FILLER * (missing // len(FILLER.split()))
            lines.append(json.dumps(record))
        made.append(folder / Path(file).name)
        made[-1].write_text("\n".join(lines) + "\n")
    return [str(file) for file in made]


def pytorch(model, kind):
    model = model.to(kind) if isinstance(kind, torch.dtype) else kind(model)

    def run(*arrays):
        with torch.inference_mode():
            return model(**tensors(model, arrays)).logits

    return run


def tensors(model, arrays):
    given = dict(zip(NAMES, map(torch.from_numpy, arrays)))
    if model.config.model_type != "bert":
        del given["token_type_ids"]
    return given


def onnx_runtime(path: str):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = {given.name for given in session.get_inputs()}
    return lambda *arrays: session.run(None, {name: it for name, it in zip(NAMES, arrays) if name in names})[0]


def openvino(path: str, precision: str):
    import openvino as ov

    hints = {"INFERENCE_NUM_THREADS": THREADS, "INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": 1}
    compiled = ov.Core().compile_model(path, "CPU", hints)
    return lambda *arrays: compiled(list(arrays[: len(compiled.inputs)]))[0]


def ctranslate2(folder: Path, source: Path, model):
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
    PreTrainedTokenizerFast(tokenizer_file=str(source / "tokenizer.json"), **special).save_pretrained(bert)
    Converter(str(bert)).convert(str(folder / "ct2"), quantization="int8")
    encoder = ct.Encoder(str(folder / "ct2"), device="cpu", intra_threads=THREADS, inter_threads=1)
    weight, bias = (tensor.detach().numpy() for tensor in (model.classifier.weight, model.classifier.bias))

    def run(ids, mask, segments):
        rows = [row[: int(valid.sum())].tolist() for row, valid in zip(ids, mask)]
        kinds = [row[: int(valid.sum())].tolist() for row, valid in zip(segments, mask)]
        output = encoder.forward_batch(rows, token_type_ids=kinds)
        return np.array(output.pooler_output) @ weight.T + bias

    return run


def exported(model, example, folder: Path) -> dict[str, str]:
    """The model as ONNX: in f32, with its operators fused, and both in int8."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    paths = {name: str(folder / f"{name}.onnx") for name in ("f32", "fused", "int8", "fused-int8")}
    given = tensors(model, example)
    axes = {name: {0: "batch", 1: "tokens"} for name in given}
    torch.onnx.export(
        model, (given,), paths["f32"], input_names=list(axes), output_names=["logits"], dynamic_axes=axes, opset_version=17
    )
    config, options = model.config, FusionOptions("bert")
    fused = optimizer.optimize_model(
        paths["f32"], "bert", config.num_attention_heads, config.hidden_size, optimization_options=options, opt_level=0
    )
    fused.save_model_to_file(paths["fused"])
    for precise, rounded in (("f32", "int8"), ("fused", "fused-int8")):
        more = {"DefaultTensorType": onnx.TensorProto.FLOAT}
        quantize_dynamic(paths[precise], paths[rounded], weight_type=QuantType.QInt8, per_channel=True, extra_options=more)
    return paths


def ours(arguments: list[str]) -> float:
    command = ["target/release/newstance", "eval", "--json", "--threads", str(THREADS), *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["encoded_per_second"]


def processor() -> str:
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        found = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
        return f"{found[0]}, {len(found)} processors"
    return platform.processor()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--avx2", action="store_true")
    parser.add_argument("--model", default="fast")
    parser.add_argument("--pad", type=int, default=0)
    parser.add_argument("gold", nargs="+")
    given = parser.parse_args()
    source = Path("models") / given.model
    kernel = "avx2" if given.avx2 else "avx512"
    if not given.avx2 and "avx512_vnni" not in Path("/proc/cpuinfo").read_text():
        kernel = "avxvnni" if "avx_vnni" in Path("/proc/cpuinfo").read_text() else "avx2"
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = longer(given.gold, given.pad, folder) if given.pad else given.gold
        eager = model_of(source, "eager")
        batches, count, tokens = batches_of(source, eager.config, files)
        versions = ", ".join(f"{it} {metadata.version(it)}" for it in ("onnxruntime", "openvino", "ctranslate2", "torch"))
        print(f"{datetime.date.today()}, {processor()}, {kernel}; {versions}, rten 0.27.0, candle 0.11.1")
        print(f"{source}: {count} inputs of {tokens / count:.1f} tokens on average, {THREADS} threads")
        inputs = folder / "batches.json"
        inputs.write_text(json.dumps([[array.tolist() for array in batch] for batch in batches]))
        paths = exported(eager, batches[-1], folder)
        linear_int8 = lambda model: torch.ao.quantization.quantize_dynamic(  # noqa: E731
            model, {torch.nn.Linear}, dtype=torch.qint8
        )
        peers = {
            "ONNX Runtime int8": Peer(onnx_runtime(paths["int8"])),
            "ONNX Runtime int8, fused": Peer(onnx_runtime(paths["fused-int8"])),
            "ONNX Runtime f32, fused": Peer(onnx_runtime(paths["fused"])),
            "OpenVINO int8": Peer(openvino(paths["int8"], "f32")),
            "OpenVINO f32": Peer(openvino(paths["f32"], "f32")),
            "PyTorch f32": Peer(pytorch(model_of(source, "sdpa"), torch.float32)),
            "PyTorch int8": Peer(pytorch(model_of(source, "sdpa"), linear_int8)),
            "rten int8": Program("rten", paths["int8"], inputs, given.avx2),
            "rten f32": Program("rten", paths["f32"], inputs, given.avx2),
        }
        if eager.config.model_type == "bert":
            peers["CTranslate2 int8"] = Peer(ctranslate2(folder, source, eager))
            eager.save_pretrained(folder / "whole")
            peers["candle f32"] = Program("candle", folder / "whole", inputs, given.avx2)
        if kernel == "avx512":
            peers["PyTorch bf16"] = Peer(pytorch(model_of(source, "sdpa"), torch.bfloat16))
            peers["OpenVINO bf16"] = Peer(openvino(paths["f32"], "bf16"))
        options = ["--convention", "newsmtsc", "--model", str(source) if given.model != "fast" else "fast"]
        engines = {"newstance int8": ["--kernel", kernel, *options, *files]}
        if eager.config.model_type == "bert":
            engines["rust-bert f32"] = ["--backend", "torch", *options, *files]
        rates: dict[str, list[float]] = {name: [] for name in [*engines, *peers]}
        expected, worst, ceilings = None, {}, []
        for turn in range(ROUNDS):
            ceilings.append(ceiling(kernel))
            for engine, arguments in engines.items():
                rates[engine].append(ours(arguments))
            outputs = {}
            for peer, engine in peers.items():
                seconds, outputs[peer] = engine.turn(batches)
                rates[peer].append(count / seconds)
            if turn == 0:
                expected = outputs["PyTorch f32"]
                for peer, found in outputs.items():
                    worst[peer] = max(np.abs(a - b).max() for a, b in zip(found, expected))
    middle = {name: statistics.median(values) for name, values in rates.items()}
    print(f"inputs/s, the middle of {ROUNDS} turns")
    for name, rate in sorted(middle.items(), key=lambda item: -item[1]):
        note = f"   logits within {worst[name]:.2g} of PyTorch f32" if name in worst else ""
        print(f"{name:26} {rate:8.1f}   ours is {middle['newstance int8'] / rate:5.2f} times{note}")
    reached = middle["newstance int8"] * tokens / count * operations(eager.config) / 1e9
    most = statistics.median(ceilings)
    print(f"newstance int8: {reached:.0f} of {most:.0f} GOP/s, {100 * reached / most:.0f} %, counting every token in every layer")


if __name__ == "__main__":
    main()
