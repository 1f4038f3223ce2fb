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

# Write the golden reports anew after a change of rules or model, then read the diff
golden:
    cargo run --release -- score samples -o out --quiet
    cp out/mentions.csv out/articles.csv out/actors.csv out/rejected.csv tests/golden/

# Train models/fast and write the fixtures that the engine is compared with
train:
    training/train.sh
