"""Known vulnerabilities of the packages in requirements/*.txt: `make audit`, which CI runs and shows.

The exit status is 1 if there are any, and where pip-audit failed. Where no service answers that knows of them, that is said, and
nothing is judged.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lock import LOCKS, ROOT

SECONDS = 300

OF_THE_NETWORK = re.compile(
    r"connect|timed? ?out|resolv|network|unreachable|proxy|SSL|certificate|Max retries|\b(4\d\d|5\d\d) (Client|Server) Error",
    re.IGNORECASE,
)
"""What pip-audit and the libraries below it say where a service cannot be reached, or refuses."""


class AuditError(Exception):
    """pip-audit failed, and not for want of a network: nothing is known of the packages."""


def main() -> int:
    return max(audit(lock.path) for lock in LOCKS)


def audit(path: Path) -> int:
    """Print what is known of the packages in a lock file; 1 where that is a vulnerability."""
    name = path.relative_to(ROOT)
    try:
        packages, said = answers(path)
    except AuditError as error:
        print(f"FAILED: {name} is not audited, as pip-audit failed ({error}).")
        return 1
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
    """What pip-audit says of each package, and the last line of its errors; of none where it got no answer.

    Raises:
        AuditError: it failed before it asked.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "audit.json"
        # Without pip: nothing is resolved or installed, the file names all there is.
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(path), "--disable-pip", "--require-hashes"]
        command += ["--progress-spinner", "off", "--timeout", "15", "--format", "json", "--output", str(out)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return (), f"none within {SECONDS} seconds"
        packages = json.loads(out.read_text(encoding="utf-8"))["dependencies"] if out.is_file() else None
    if packages is None:
        errors = done.stderr.strip()
        last = (errors.splitlines() or ["no reason given"])[-1]
        if not OF_THE_NETWORK.search(errors):
            raise AuditError(last)
        return (), last
    reasons = [package["skip_reason"] for package in packages if "skip_reason" in package]
    return packages, (reasons or done.stderr.strip().splitlines() or ["no reason given"])[-1]


if __name__ == "__main__":
    sys.exit(main())
