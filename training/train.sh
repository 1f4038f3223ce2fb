#!/usr/bin/env bash
# Makes models/accurate or models/fast and the fixtures of the tests, stage by stage: what is there in
# training/runs is not made again, and a stage that was cut off goes on after its last epoch. `fast` goes on from the
# models/fast that is there; EXPERIMENTS.md has the stages before.
# Usage: training/train.sh accurate|fast [FOLDER OF THE DATA]
set -euo pipefail
cd "$(dirname "$0")/.."
model="${1:?accurate or fast}"
data="${2:-../shared/data}"
venv=training/.venv
runs=training/runs
if [ ! -e "$venv" ]; then
    python3 -m venv "$venv"
fi
"$venv/bin/pip" install --quiet --no-deps -r training/requirements.txt
# glibc gives large tensors back to the system after each step and takes them again, page by page;
# kept, a step takes half the time.
export MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=4294967296
python() { "$venv/bin/python" "$@"; }

case "$model" in
accurate)
    python training/train.py --base mpnet --seed 1 --data "$data/newsmtsc" --run "$runs/mpnet-1"
    python training/export.py --run "$runs/mpnet-1" --base mpnet --data "$data/newsmtsc" \
        --storage int8 --out "$runs/mpnet-1/model"
    python training/joint.py --start "$runs/mpnet-1/model" --seed 1 --data "$data" --run "$runs/joint-2" \
        --batch 64 --lr 7e-5
    python training/export.py --run "$runs/joint-2" --base mpnet --data "$data/newsmtsc" \
        --storage int8 --out models/accurate
    ;;
fast)
    python training/distill.py --teacher models/accurate --start models/fast --seed 1 --data "$data" --run "$runs/fast-2" \
        --halves --epochs 2 --lr 1e-4 --pair-copies 2 --newsmtsc 8000 --apart 500 --sentfin 500 --joined 200 --tone 0.05 \
        --other-targets 1200 --wikinews-targets 800 --renamed-targets 200 --exchanged-targets 500 --framed-targets 1000 \
        --reworded-targets 0 --tone-targets 300
    python training/export.py --run "$runs/fast-2" --base minilm --data "$data/newsmtsc" \
        --storage f16 --out models/fast
    ;;
*)
    echo "no model $model: accurate or fast" >&2
    exit 2
    ;;
esac
python training/fixtures.py --model "models/$model" --data "$data/newsmtsc" --out tests/fixtures
