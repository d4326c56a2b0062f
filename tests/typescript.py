"""A project that has installed the TypeScript client, as its tests hold it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.built import JS, unpack_client
from tests.emulator.process import Emulator

PATIENCE = 120  # seconds; far more than anything here takes
TOOLS = JS / "node_modules"
# What a careful project asks for. Its compiler's own types are no business of ours.
STRICT = {
    "strict": True,
    "noEmit": True,
    "target": "es2022",
    "exactOptionalPropertyTypes": True,
    "noUncheckedIndexedAccess": True,
    "skipLibCheck": False,
    "skipDefaultLibCheck": True,
    "types": [],
}
NODE = {"types": ["node"], "typeRoots": [str(TOOLS / "@types")]}


class Project:
    """A folder with programs in TypeScript and the package in ``node_modules``.

    Args:
        folder: that is there and empty.
        package: what ``npm pack`` has made.
    """

    def __init__(self, folder: Path, package: Path) -> None:
        self.folder = folder
        unpack_client(package, folder)

    def write(self, name: str, source: str) -> None:
        """Add a program."""
        (self.folder / f"{name}.ts").write_text(source, encoding="utf-8")

    def check(self, names: Iterable[str], **options: object) -> str:
        """Give what the compiler has against these programs: nothing, one hopes."""
        settings = {
            "compilerOptions": {**STRICT, **options},
            "files": [f"{name}.ts" for name in names],
        }
        (self.folder / "tsconfig.json").write_text(json.dumps(settings))
        compiler = TOOLS / "typescript" / "bin" / "tsc"
        done = self._run(["node", str(compiler), "-p", str(self.folder)], self.folder)
        assert done.stderr == ""
        return done.stdout

    def compile(self, names: Iterable[str]) -> None:
        """Take the types away: the oldest Node that we support does not do that itself."""
        sources = [str(self.folder / f"{name}.ts") for name in names]
        bundler = TOOLS / "esbuild" / "bin" / "esbuild"
        options = ["--format=esm", "--target=es2022", f"--outdir={self.folder}"]
        done = self._run([str(bundler), *sources, *options], self.folder)
        assert done.returncode == 0, done.stderr

    def run(self, name: str, emulator: Emulator) -> subprocess.CompletedProcess[str]:
        """Run a compiled program at the emulator, in a folder of its own."""
        return self._run(
            ["node", str(self.folder / f"{name}.js")], self.desk(name), at(emulator.environment)
        )

    def desk(self, name: str) -> Path:
        """The folder that a program runs in."""
        folder = self.folder / "desks" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _run(
        self, command: list[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )


def at(environment: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with these settings of ours and no others."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("LLMKIT", "RUNWARE"))}
    return {**bare, **environment}
