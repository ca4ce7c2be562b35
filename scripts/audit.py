"""Known vulnerabilities of the packages in requirements/*.txt: `make audit`, and a step of CI.

The exit status is 1 if there are any. Where no service answers that knows of them, that is said, and nothing is judged.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lock import LOCKS, ROOT

SECONDS = 300


def main() -> int:
    return max(audit(lock.path) for lock in LOCKS)


def audit(path: Path) -> int:
    """Print what is known of the packages in a lock file; 1 where that is a vulnerability."""
    name = path.relative_to(ROOT)
    packages, said = answers(path)
    known = [package for package in packages if "skip_reason" not in package]
    if not known:
        print(f"SKIPPED: {name} is not audited, as no service for vulnerabilities answers ({said}).")
        return 0
    faults = [
        f"{package['name']} {package['version']}: {fault['id']}" for package in known for fault in package["vulns"]
    ]
    unknown = f", {len(packages) - len(known)} unknown to the service" if len(known) < len(packages) else ""
    print("\n".join([f"{name}: {len(known)} packages audited{unknown}, {len(faults)} vulnerabilities.", *faults]))
    return int(bool(faults))


def answers(path: Path) -> tuple[Sequence[dict[str, Any]], str]:
    """What pip-audit says of each package, and the last line of its errors; of none where it got no answer."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "audit.json"
        # Without pip: nothing is resolved or installed, the file names all there is.
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(path), "--disable-pip", "--require-hashes"]
        command += ["--progress-spinner", "off", "--timeout", "15", "--format", "json", "--output", str(out)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return (), f"none within {SECONDS} seconds"
        packages = json.loads(out.read_text(encoding="utf-8"))["dependencies"] if out.is_file() else ()
    reasons = [package["skip_reason"] for package in packages if "skip_reason" in package]
    return packages, (reasons or done.stderr.strip().splitlines() or ["no reason given"])[-1]


if __name__ == "__main__":
    sys.exit(main())
