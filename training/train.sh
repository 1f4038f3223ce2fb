#!/usr/bin/env bash
# Makes models/fast and the fixtures of the tests: about ten minutes on two CPU cores.
# Usage: training/train.sh [FOLDER OF NEWSMTSC FILES]
set -euo pipefail
cd "$(dirname "$0")/.."
data="${1:-../shared/data/newsmtsc}"
venv=training/.venv
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet -r training/requirements.txt
# glibc gives large tensors back to the system after each step and takes them again, page by page;
# kept, a step takes half the time.
export MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=4294967296
"$venv/bin/python" training/train.py --data "$data" --out models/fast
"$venv/bin/python" training/fixtures.py --model models/fast --data "$data" --out tests/fixtures
