"""The Java that runs a broker."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from untaken.streams.broker.errors import JavaMissing

NEEDED = 17
"""Oldest Java that Kafka 4 brokers run on."""


def find_java() -> Path:
    """Return the program of JAVA_HOME, else the one on the path; raise `JavaMissing` if it is none or too old."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home, "bin")) if home else None)
    if found is None:
        raise JavaMissing(f"none in JAVA_HOME={home}" if home else "none", NEEDED)
    version = _version(found)
    if version < NEEDED:
        raise JavaMissing(f"Java {version} ({found})", NEEDED)
    return Path(found)


def _version(java: str) -> int:
    """Return the feature release; what cannot be told counts as 0."""
    said = subprocess.run(  # noqa: S603 - the Java of this machine, with a fixed argument
        [java, "-version"], capture_output=True, text=True, check=False
    )
    number = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    return int(number[1]) if number else 0
