"""`python -m eventflow`: the same as the command `eventflow`."""

import sys

from eventflow.cli import main

if __name__ == "__main__":
    sys.exit(main())
