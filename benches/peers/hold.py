"""Copies packages and programs to FOLDER with each of their `cpuid` instructions replaced by `ud2`, which hold.c answers.

usage: python hold.py FOLDER PACKAGE... -- PROGRAM...

They are as long as each other, so nothing moves. Engines that would ask the processor itself can so be held to AVX2.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

CPUID, UD2 = b"\x0f\xa2", b"\x0f\x0b"


def places(library: Path) -> list[int]:
    """Where in the file its `cpuid` instructions are."""
    sections = subprocess.run(["readelf", "-SW", library], check=True, capture_output=True, text=True).stdout
    code = []
    for address, offset, size in re.findall(r"PROGBITS\s+(\w+) (\w+) (\w+) \w+\s+\w*X", sections):
        code.append((int(address, 16), int(offset, 16), int(size, 16)))
    listing = ["objdump", "-d", "--no-show-raw-insn", library]
    found = []
    with subprocess.Popen(listing, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line.endswith("\tcpuid\n"):
                address = int(line.split(":")[0], 16)
                start, offset, _ = next(it for it in code if it[0] <= address < it[0] + it[2])
                found.append(address - start + offset)
    return found


def main() -> None:
    folder, between = Path(sys.argv[1]), sys.argv.index("--")
    packages, programs = sys.argv[2:between], sys.argv[between + 1 :]
    installed = Path(sysconfig.get_path("purelib"))
    shutil.rmtree(folder, ignore_errors=True)
    for package in packages:
        for part in (package, f"{package}.libs"):
            if (installed / part).exists():
                shutil.copytree(installed / part, folder / part)
    libraries = sorted(folder.rglob("*.so*"))
    libraries += [Path(shutil.copy(program, folder)) for program in programs]
    replaced = 0
    for library in libraries:
        data = bytearray(library.read_bytes())
        for place in places(library):
            assert data[place : place + 2] == CPUID, f"{library}: no cpuid at {place:#x}"
            data[place : place + 2] = UD2
            replaced += 1
        library.write_bytes(data)
    print(f"{replaced} cpuid instructions replaced in {', '.join(packages + programs)}")


if __name__ == "__main__":
    main()
