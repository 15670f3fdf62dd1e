"""A bot's environment has neither polars nor numba."""

import subprocess
import sys

PROGRAM = """
import sys
import untaken.schemas.codec, untaken.schemas.events.deadletters, untaken.schemas.ids, untaken.schemas.contracts.export
print(sorted({"polars", "numba", "numpy", "scipy"} & set(sys.modules)))
"""


def test_what_a_client_needs_of_the_schemas_loads_no_engine() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
