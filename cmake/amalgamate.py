#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes all public headers of the header-only part as one: amalgamate.py INCLUDE_DIR OUT

Each header of ours stands where it is first included; the standard's are included where they were.
"""
import re
import sys
from pathlib import Path

OURS = re.compile(r"\s*#include <(netanomaly/[^>]+)>")


def main() -> int:
    if len(sys.argv) != 3:
        sys.stderr.write(__doc__)
        return 2
    root, out = Path(sys.argv[1]), Path(sys.argv[2])
    done: set[str] = set()
    lines = ["// SPDX-License-Identifier: Apache-2.0", "// netanomaly, all of its header-only part. Made by cmake/amalgamate.py: do not edit.", "#pragma once"]

    def add(name: str) -> None:
        if name in done:
            return
        done.add(name)
        depth = 0
        for number, line in enumerate((root / name).read_text().splitlines(), 1):
            if re.match(r"\s*#\s*if", line):
                depth += 1
            elif re.match(r"\s*#\s*endif", line):
                depth -= 1
            if found := OURS.match(line):
                if depth:
                    raise SystemExit(f"{name}:{number}: a header of ours is included under a condition")
                add(found[1])
            elif line.strip() != "#pragma once" and "SPDX-License-Identifier" not in line:
                lines.append(line)

    for name in "netanomaly/netanomaly.hpp", "netanomaly/compose/builtin.hpp":
        add(name)
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
