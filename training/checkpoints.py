"""Writes the numbers that the Rust tests compare the torch backend with.

    python training/checkpoints.py --out tests/fixtures/checkpoints

One tiny checkpoint an architecture, run by transformers. No weights are written: a weight is a hash
of its tensor's name and its place, scaled, so that the Rust tests make the same checkpoints from the
names and shapes that stand beside the expected logits (tests/common/checkpoint.rs).
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
import torch
import transformers as hf
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

SENTENCES = [
    "Critics accused Putin of war crimes.",
    "Voters adore Trump, but the voters of Europe do not.",
    "The two leaders met in Oslo.",
    "European leaders praised Zelenskyy, who thanked them, while the Kremlin mocked the summit as theatre.",
    "“Courage inspires us,” said the Élysée – without irony.",
    "No.",
]
TARGETS = ["Putin", "Trump", "leaders", "Zelenskyy", "Élysée", "No"]

SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 128,
    "num_labels": 3,
    "id2label": {0: "positive", 1: "neutral", 2: "negative"},
}


def values(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Uniform in [-1, 1) by SplitMix64 (Steele et al., OOPSLA 2014) over an FNV-1a hash of the name."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        state = np.uint64(seed) + np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64) * np.uint64(
            0x9E3779B97F4A7C15
        )
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state = state ^ (state >> np.uint64(31))
    top = (state >> np.uint64(40)).astype(np.float32)
    return (top / np.float32(2**23) - np.float32(1)).reshape(shape)


def weight(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Embeddings small enough that a normalization's epsilon shows, matrices large enough that
    sequences and positions differ."""
    drawn = values(name, shape)
    if "LayerNorm" in name or "layer_norm" in name:
        return np.float32(1 if name.endswith("weight") else 0) + np.float32(0.125) * drawn
    return np.float32(0.0625 if "embeddings" in name else 0.25) * drawn


def words(text: str) -> list[str]:
    """Every second word, so that the others are spelled from their letters."""
    return sorted(set(re.findall(r"[^\W\d_]+", text)))[::2]


def numbered(tokens: list[str]) -> dict[str, int]:
    return {token: number for number, token in enumerate(dict.fromkeys(tokens))}


def word_piece() -> Tokenizer:
    text = " ".join(SENTENCES).lower()
    letters = sorted(set(text) - {" "})
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    vocabulary = numbered([*special, *letters, *(f"##{letter}" for letter in letters), *words(text)])
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def byte_level() -> Tokenizer:
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    merges = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("e", "r"), ("i", "n"), ("Ġ", "o"), ("Ġo", "f")]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = numbered([*special, *alphabet, *("".join(pair) for pair in merges)])
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", vocabulary["</s>"]), ("<s>", vocabulary["<s>"]), add_prefix_space=False
    )
    return tokenizer


def unigram(first: str, last: str, padding: str, doubled: bool) -> Tokenizer:
    # XLM-RoBERTa numbers them otherwise, and counts positions from its padding.
    special = [first, padding, last, "<unk>"] if doubled else [padding, first, last, "<unk>"]
    text = " ".join(SENTENCES)
    letters = sorted(set(text) - {" "})
    pieces = [*special, "▁", *letters, *(f"▁{word}" for word in words(text))]
    # The longer, the likelier.
    scored = [(piece, 2.0 * len(piece) - 20.0) for piece in dict.fromkeys(pieces)]
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=3))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.add_special_tokens(special)
    pair = f"{first} $A {last} {last} $B {last}" if doubled else f"{first} $A {last} $B:1 {last}:1"
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=pair,
        special_tokens=[(token, special.index(token)) for token in (first, last)],
    )
    return tokenizer


def checkpoints() -> dict[str, tuple[hf.PretrainedConfig, Tokenizer]]:
    pieces = word_piece()
    size = {"vocab_size": pieces.get_vocab_size()}
    bytes_ = byte_level()
    byte_size = {"vocab_size": bytes_.get_vocab_size()}
    sentence_pieces = unigram("[CLS]", "[SEP]", "[PAD]", doubled=False)
    piece_size = {"vocab_size": sentence_pieces.get_vocab_size()}
    many_languages = unigram("<s>", "</s>", "<pad>", doubled=True)
    return {
        "bert": (hf.BertConfig(**SMALL, **size), pieces),
        "bert-large-epsilon": (hf.BertConfig(**SMALL, **size, layer_norm_eps=1e-3), pieces),
        "distilbert": (
            hf.DistilBertConfig(
                dim=32,
                n_layers=2,
                n_heads=4,
                hidden_dim=48,
                max_position_embeddings=128,
                num_labels=3,
                id2label=SMALL["id2label"],
                **size,
            ),
            pieces,
        ),
        "electra": (hf.ElectraConfig(**SMALL, **size, embedding_size=16), pieces),
        "roberta": (
            hf.RobertaConfig(**SMALL, **byte_size, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5),
            bytes_,
        ),
        "xlm-roberta": (
            hf.XLMRobertaConfig(
                **SMALL,
                vocab_size=many_languages.get_vocab_size(),
                type_vocab_size=1,
                pad_token_id=1,
                layer_norm_eps=1e-5,
            ),
            many_languages,
        ),
        # Wide enough for the native engine to run it on 8 bits.
        "mpnet": (
            hf.MPNetConfig(
                **{**SMALL, "hidden_size": 64, "intermediate_size": 128},
                vocab_size=many_languages.get_vocab_size(),
                pad_token_id=1,
                layer_norm_eps=1e-5,
            ),
            many_languages,
        ),
        "albert": (
            hf.AlbertConfig(**SMALL, **piece_size, embedding_size=16, hidden_act="gelu_new"),
            sentence_pieces,
        ),
        "deberta": (
            hf.DebertaConfig(
                **SMALL,
                **byte_size,
                type_vocab_size=0,
                relative_attention=True,
                position_biased_input=False,
                pos_att_type=["c2p", "p2c"],
                pooler_hidden_size=32,
            ),
            bytes_,
        ),
        # As microsoft/deberta-v2-xlarge has it: projections of their own for positions, a convolution.
        "deberta-v2": (
            hf.DebertaV2Config(
                **SMALL,
                **piece_size,
                type_vocab_size=0,
                relative_attention=True,
                position_biased_input=False,
                pos_att_type=["p2c", "c2p"],
                position_buckets=8,
                norm_rel_ebd="layer_norm",
                share_att_key=False,
                conv_kernel_size=3,
                conv_act="gelu",
                pooler_hidden_size=32,
            ),
            sentence_pieces,
        ),
        # As microsoft/deberta-v3-base has it.
        "deberta-v3": (
            hf.DebertaV2Config(
                **SMALL,
                **piece_size,
                type_vocab_size=0,
                relative_attention=True,
                position_biased_input=False,
                pos_att_type="p2c|c2p",
                position_buckets=10,
                norm_rel_ebd="layer_norm",
                share_att_key=True,
                pooler_hidden_size=32,
            ),
            sentence_pieces,
        ),
    }


@torch.inference_mode()
def expected(model, tokenizer: Tokenizer, pair: bool) -> list[dict]:
    rows = []
    segments = getattr(model.config, "type_vocab_size", 0) > 1
    for sentence, target in zip(SENTENCES, TARGETS):
        encoding = tokenizer.encode(sentence, target) if pair else tokenizer.encode(sentence)
        inputs = {"input_ids": torch.tensor([encoding.ids])}
        if segments:
            inputs["token_type_ids"] = torch.tensor([encoding.type_ids])
        logits = model(**inputs).logits[0]
        start = sentence.index(target)
        rows.append(
            {
                "sentence": sentence,
                "start": start,
                "end": start + len(target),
                "logits": [round(value, 6) for value in logits.tolist()],
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for name, (config, tokenizer) in checkpoints().items():
        torch.manual_seed(0)
        model = hf.AutoModelForSequenceClassification.from_config(config).eval()
        tensors = {}
        with torch.no_grad():
            for tensor, parameter in model.named_parameters():
                parameter.copy_(torch.from_numpy(weight(tensor, tuple(parameter.shape))))
                tensors[tensor] = list(parameter.shape)
        fixture = {
            "config": json.loads(config.to_json_string()),
            "tokenizer": json.loads(tokenizer.to_str()),
            "tensors": tensors,
            "sentence": expected(model, tokenizer, pair=False),
            "pair": expected(model, tokenizer, pair=True),
        }
        path = args.out / f"{name}.json"
        path.write_text(json.dumps(fixture, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
        print(name, [row["logits"] for row in fixture["sentence"]][:2])


if __name__ == "__main__":
    main()
