"""`python -m sextant.cli` is `sextant`."""

import sys

from sextant.cli import main

sys.exit(main())
