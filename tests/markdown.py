"""The programs that stand in a page of Markdown."""

from __future__ import annotations

import re


def code_blocks(markdown: str, language: str) -> list[tuple[str, str]]:
    """Give each block in a language with the last two headings above it."""
    blocks: list[tuple[str, str]] = []
    path: list[tuple[int, str]] = []
    inside: str | None = None
    lines: list[str] = []
    for line in markdown.splitlines():
        if inside is not None:
            if line.startswith("```"):
                if inside == language:
                    place = " / ".join(title for _, title in path[-2:])
                    blocks.append((place, "\n".join(lines) + "\n"))
                inside, lines = None, []
            else:
                lines.append(line)
        elif line.startswith("```"):
            inside = line.removeprefix("```").strip()
        elif match := re.match(r"(#+) (.*)", line):
            level = len(match[1])
            path = [(depth, title) for depth, title in path if depth < level]
            path.append((level, match[2].strip()))
    return blocks
