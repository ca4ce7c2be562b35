"""The bill of materials in a wheel: all that the lock file names, with its hashes."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

from lock import LOCKS
from paths import ROOT


def test_the_wheel_holds_a_bill_of_what_is_locked(tmp_path: Path):
    command = [sys.executable, str(ROOT / "scripts" / "sbom.py"), "--out", str(tmp_path), "memp"]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    (path,) = tmp_path.glob("*.whl")
    (beside,) = tmp_path.glob("*.cdx.json")
    with zipfile.ZipFile(path) as wheel:
        (name,) = [name for name in wheel.namelist() if "/sboms/" in name]
        inside = wheel.read(name)
        recorded = wheel.read(name.partition("/")[0] + "/RECORD").decode()
    assert inside == beside.read_bytes()
    assert name in recorded
    bill = json.loads(inside)
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "memp")
    listed = {(part["name"], part["version"]): json.dumps(part) for part in bill["components"]}
    (lock,) = [lock for lock in LOCKS if lock.path.stem == "memp"]
    text = lock.path.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines()[1:]:
        pin, *hashes = line.replace(";", " ;").split(" --hash=sha256:")
        package, _, version = pin.split(";")[0].strip().partition("==")
        assert all(one.strip() in listed[package, version] for one in hashes), package
    assert any(package == "torch" for package, _ in listed)
