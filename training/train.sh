#!/usr/bin/env bash
# Makes models/accurate or models/fast and the fixtures of the tests, stage by stage: what is there in
# training/runs is not made again, and a stage that was cut off goes on after its last epoch.
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
    python training/joint.py --start "$runs/mpnet-1/model" --seed 1 --data "$data" --run "$runs/joint-1" \
        --epochs 2 --lr 4e-5 --pair-copies 3 --newsmtsc 3000 --sentfin 1000 --apart 1000 --joined 300
    python training/export.py --run "$runs/joint-1" --base mpnet --data "$data/newsmtsc" \
        --storage int8 --out models/accurate
    ;;
fast)
    python training/distill.py --teacher models/accurate --seed 1 --data "$data/newsmtsc" \
        --articles "$data/articles/wikinews" --run "$runs/fast-1"
    python training/export.py --run "$runs/fast-1" --base minilm --data "$data/newsmtsc" \
        --storage f16 --out "$runs/fast-1/model"
    python training/joint.py --start "$runs/fast-1/model" --seed 1 --data "$data" --run "$runs/fast-joint-1" \
        --frozen 0 --lr 8e-5 --layer-decay 1.0 --epochs 6
    python training/export.py --run "$runs/fast-joint-1" --base minilm --data "$data/newsmtsc" \
        --storage f16 --out models/fast
    ;;
*)
    echo "no model $model: accurate or fast" >&2
    exit 2
    ;;
esac
python training/fixtures.py --model "models/$model" --data "$data/newsmtsc" --out tests/fixtures
