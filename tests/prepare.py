"""Gets what the tests need and pip does not install: a browser, a font, other kernels, a proxy."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from tests import browser, kernels, litellm


def main() -> int:
    """Get all of it, side by side; the exit code is 0 when everything is there."""
    with ThreadPoolExecutor() as pool:
        codes = [pool.submit(each.main) for each in (browser, kernels, litellm)]
        return max(code.result() for code in codes)


if __name__ == "__main__":
    sys.exit(main())
