# Score the samples into out/
run:
    cargo run --release -- score samples -o out

# Everything that .ci/run checks
lint:
    cargo fmt --check
    cargo clippy --all-targets --release -- -D warnings

test:
    cargo test --release

bench:
    cargo bench

# Put a CPU libtorch 2.4 into target/libtorch, for the torch backend; then: . target/libtorch/env
libtorch:
    scripts/libtorch

# The tests of both backends
test-torch: libtorch
    [ -n "${LIBTORCH:-}" ] || . target/libtorch/env; cargo test --release --features torch

# The native engine beside rust-bert
bench-torch: libtorch
    [ -n "${LIBTORCH:-}" ] || . target/libtorch/env; cargo bench --features torch --bench backends

# The native engine beside ONNX Runtime, OpenVINO, CTranslate2 and PyTorch
bench-peers:
    benches/peers/run

# Write what transformers gives for tiny checkpoints of every architecture anew
checkpoints:
    training/.venv/bin/python training/checkpoints.py --out tests/fixtures/checkpoints

# Write the golden reports anew after a change of rules or model, then read the diff
golden:
    cargo run --release -- score samples -o out --quiet --precision f32
    cp out/mentions.csv out/articles.csv out/actors.csv out/rejected.csv tests/golden/

# Train models/accurate or models/fast and write the fixtures that the engine is compared with
train model:
    training/train.sh {{model}}
