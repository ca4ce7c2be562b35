"""Paths of the repository and of the data that tests read."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "tests" / "clients"
HOOK_PAYLOADS = CLIENTS / "hooks" / "payloads"
SESSION_LOGS = CLIENTS / "sessions" / "logs"

TRAVELPLANNER = Path(os.environ.get("MEMP_TEST_TRAVELPLANNER") or ROOT.parent / "shared" / "data" / "travelplanner")
"""The folder with TravelPlanner's data in compact form; tests that need it are skipped where it is missing."""

ALFWORLD = Path(os.environ.get("MEMP_TEST_ALFWORLD") or ROOT.parent / "shared" / "data" / "alfworld")
"""The folder with ALFWorld's games and expert rollouts; tests that need it are skipped where it is missing."""
