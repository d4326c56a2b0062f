"""Gets what the tests need and pip does not install: a browser, a font, other kernels."""

from __future__ import annotations

import sys

from tests import browser, kernels


def main() -> int:
    """Get all of it; the exit code is 0 when everything is there."""
    return max(browser.main(), kernels.main())


if __name__ == "__main__":
    sys.exit(main())
