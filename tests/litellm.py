"""The LiteLLM proxy for the tests: ``python -m tests.litellm`` gets it.

It lies in an environment of its own, because its dependencies are not ours. It talks to nobody
but the emulator: what it would ask on the internet is switched off, or meets a proxy that is not
there.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WANTED = Path(__file__).with_suffix(".txt")
FOLDER = Path(sys.prefix) / "share" / "llmkit-jupyter-tests" / "litellm"
PROGRAM = FOLDER / "bin" / "litellm"
HINT = "LiteLLM is missing: run `python -m tests.prepare`, which gets it."
MODEL, KEY, KEY_BEHIND = "wan", "sk-proxy", "sk-behind"
PATIENCE = 120  # seconds until it answers; the first start compiles what it loads


def is_there() -> bool:
    """Whether it was installed as it is wanted now, and whole."""
    mark = FOLDER / WANTED.name
    return mark.is_file() and mark.read_bytes() == WANTED.read_bytes()


def main() -> int:
    """Install it where it is missing; the exit code is 0 when it is there."""
    if not is_there():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", FOLDER], check=True)
        # uv takes six seconds where pip takes forty; pip goes where uv finds no packages.
        uv = ["uv", "pip", "install", "--quiet", "--python", str(FOLDER / "bin" / "python")]
        pip = ["pip", "--python", str(FOLDER), "install", "--quiet", "--no-compile"]
        for installer in (uv, pip):
            command = [sys.executable, "-m", *installer, "--no-deps", "--requirement", str(WANTED)]
            if not subprocess.run(command, check=False).returncode:
                break
        else:
            print("LiteLLM could not be installed; some tests will fail.")
            return 1
        (FOLDER / WANTED.name).write_bytes(WANTED.read_bytes())
    print(f"The tests of a proxy use {PROGRAM}")
    return 0


@contextmanager
def running(folder: Path, behind: str) -> Iterator[str]:
    """Run the proxy before a server; gives its address.

    Args:
        folder: for its settings and its log.
        behind: the server's address.
    """
    assert is_there(), HINT
    config = folder / "config.yaml"
    model = {"model": "openai/open-video-1", "api_base": f"{behind}/v1", "api_key": KEY_BEHIND}
    settings = {
        "model_list": [{"model_name": MODEL, "litellm_params": model}],
        "general_settings": {"master_key": KEY},
    }
    config.write_text(json.dumps(settings))  # which is YAML as well
    port = _free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAM, "--config", config, "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env=_environment(),
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/health/liveliness", process, folder / "log")
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _environment() -> dict[str, str]:
    ours = ("OPENAI_", "LITELLM_", "LLMKIT_", "RUNWARE_", "DATABASE_URL", "PYTHON")
    bare = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    bare = {k: v for k, v in bare.items() if not k.lower().endswith("_proxy")}
    nowhere = "http://127.0.0.1:9"
    return bare | {
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "AIOHTTP_TRUST_ENV": "True",
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1,localhost",
    }


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            with opener.open(url, timeout=5):
                return
        except OSError:
            if process.poll() is not None:
                break
        time.sleep(0.2)
    raise RuntimeError(f"LiteLLM did not start:\n{log.read_text()[-3000:]}")


if __name__ == "__main__":
    sys.exit(main())
