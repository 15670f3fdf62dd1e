"""Run the command line as `python -m untaken`."""

import sys

from untaken.cli import main

sys.exit(main())
