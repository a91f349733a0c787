"""Names of training runs: equal settings continue a run, changed ones never do."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from protlang.files import file_hash
from protlang.training.checkpoint import FORMAT_VERSION


def run_name(facts: Mapping[str, Any], data: Path, processes: int) -> str:
    """Hash of everything that determines a run.

    Args:
        facts: its settings.
        data: a file that changes whenever its data do.
        processes: how many train together.
    """
    everything = {
        **facts,
        "data": file_hash(data),
        "processes": processes,
        "checkpoints": FORMAT_VERSION,
    }
    text = json.dumps(everything, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
