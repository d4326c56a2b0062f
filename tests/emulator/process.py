"""The emulator in a process of its own, as tests and benchmarks hold it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from tests.emulator.control import PREFIX
from tests.emulator.ledger import LedgerRow, read_ledger
from tests.processes import ROOT

PATIENCE = 30  # seconds until it must answer


class Emulator:
    """A fake Runware on loopback; a context manager that starts and ends it.

    Attributes:
        folder: Where the ledger lies.
        origin: `http://127.0.0.1:<port>`, the same after a restart.
        other_origin: A second port of the same emulator, where redirects may lead.
        options: Those of `options.Options` that differ from the defaults.
    """

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.options = options
        self._first_options = dict(options)
        self.origin = ""
        self.other_origin = ""
        self._process: subprocess.Popen[bytes] | None = None
        # Straight to it, whatever proxy the environment names.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"{self.origin}/v1"

    @property
    def environment(self) -> dict[str, str]:
        return {"LLMKIT_API_KEY": "emulator", "LLMKIT_RUNWARE_URL": self.url}

    @property
    def videos_environment(self) -> dict[str, str]:
        """For a client of `/v1/videos`."""
        return {"LLMKIT_DIFFUSION_ROUTER_URL": self.origin}

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        port = urlsplit(self.origin).port or 0
        command = [sys.executable, "-m", "tests.emulator", "--child", "--port", str(port)]
        command += ["--folder", str(self.folder), "--options", json.dumps(self.options)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The emulator did not start; see its message above.")
        told = json.loads(line)
        self.origin, self.other_origin = told["origin"], told["other"]

    def stop(self) -> None:
        """End it in good order."""
        self._end(kill=False)

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        (process.kill if kill else process.terminate)()
        process.wait(PATIENCE)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def restart(self) -> None:
        """End it and start it again at the same address, with the same options and ledger.

        It knows all jobs again; faults and counters are gone.
        """
        self.stop()
        self.start()

    def set(self, **options: Any) -> None:
        """Change options while it runs."""
        self._call("options", options)
        self.options.update(options)

    def fault(self, kind: str, what: str, *, times: int = 1, after: int = 0, **more: Any) -> None:
        """Let requests of a kind go wrong; see the README for kinds and faults.

        Args:
            kind: submit, poll, details, dryrun, account, file, schema or any.
            what: A name, or a name and a value: `503`, `lost:reset`, `cut:0.5`.
            times: How many requests are hit; -1 is all from now on.
            after: How many are let through before.
            more: probability, and faults.DETAILS.
        """
        self._call("fault", {"kind": kind, "what": what, "times": times, "after": after, **more})

    def calm(self) -> None:
        """Switch all faults off."""
        self._call("calm", {})

    def finish(self, *task_ids: str) -> None:
        """Let these jobs be done now, or all."""
        self._call("finish", {"ids": task_ids})

    def forget(self, *task_ids: str, how: str = "all") -> None:
        """Let these jobs, or all, be unknown: everywhere, or to `getResponse` ("poll")."""
        self._call("forget", {"ids": task_ids, "how": how})

    def reset(self) -> None:
        """As just started: no jobs, no ledger, no faults, and the options of the start."""
        self._call("reset", {"options": self._first_options})
        self.options = dict(self._first_options)

    def stats(self) -> dict[str, Any]:
        return self._call("stats")

    def ledger(self) -> list[LedgerRow]:
        """What was charged; read from the file, so it needs no running emulator."""
        return read_ledger(self.folder / "ledger.sqlite")

    def _call(self, name: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.origin}{PREFIX}/{name}", data)
        try:
            with self._opener.open(request, timeout=PATIENCE) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                told = json.loads(error.read())
            raise ValueError(told["error"]) from None
