# Score the samples into out/
run:
    cargo run --release -- score samples -o out --overwrite

# Format and lints; .ci/run checks them, and more
lint:
    cargo fmt --all --check
    cargo clippy --all-targets -- -D warnings

test:
    cargo test

# The Python package's wheel, and its tests
wheel:
    scripts/wheel

# Each fuzz target for so many seconds
fuzz seconds="20":
    scripts/fuzz {{seconds}}

# The tests of the kernels on aarch64, by QEMU
test-neon:
    scripts/neon

bench:
    cargo bench

# Put a CPU libtorch 2.4 into target/libtorch, for the torch backend; then: . target/libtorch/env
libtorch:
    scripts/libtorch

# The tests of the torch backend
test-torch: libtorch
    [ -n "${LIBTORCH:-}" ] || . target/libtorch/env; cargo test -p newstance-torch

# The native engine beside rust-bert
bench-torch: libtorch
    [ -n "${LIBTORCH:-}" ] || . target/libtorch/env; cargo bench -p newstance-torch

# The native engine beside ONNX Runtime, OpenVINO, CTranslate2 and PyTorch
bench-peers:
    benches/peers/run

# Write what transformers gives for tiny checkpoints of every architecture anew
checkpoints:
    training/.venv/bin/python training/checkpoints.py --out tests/fixtures/checkpoints

# Write the golden tables anew after a change of rules or model, then read the diff
golden:
    for precision in f32 int8; do \
      cargo run --release -- score samples -o out --overwrite --quiet --precision $precision && \
      cp out/*.csv tests/golden/$precision/; \
    done

# Train models/accurate or models/fast and write the fixtures that the engine is compared with
train model:
    training/train.sh {{model}}
