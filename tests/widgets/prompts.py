"""Prompts that a careless writer of code would spoil, and requests of them."""

from __future__ import annotations

from llmkit_jupyter.request import VideoGenerationRequest


def values(**more):
    return VideoGenerationRequest(**{"prompt": "A cat"} | more)


PROMPTS = [
    "A cat",
    "A cat's \"toy\" isn't 'there'",
    '"quoted"',
    "'",
    '"""',
    'two\n"""\n\'\'\' """"',
    "ends with a backslash \\",
    "two lines\\\nand \\n more",
    "{1/0} {{x}} $HOME ${x} %s %(x)s `ls` !ls ?x %time",
    "%video\n%%video -d 5\n!ls\nhelp?",
    "  blanks around  ",
    "  \n blank lines \n  ",
    "a line\n  \nof blanks\n\t\nand one of a tab",
    "a tab\tand\ta tab at the end\t",
    "# no comment",
    "... and the sun\n... rises",
    "   ...: and the sun",
    "In [1]: the sun",
    "[ins] In [1]: the sun",
    "the sun\n>>> rises\n... and sets",
    'a """ inside\n>>> rises',
    "-d 5 --help",
    "-- dashes",
    "\U0001f98a \U0001f3f3\ufe0f\u200d\U0001f308 \u732b\u732b \u05d7\u05ea\u202e\u0642\u202c",
    "line\u2028separator\u2029paragraph\x85next",
    "\ufeffmark, \xa0 hard blank and \u3000 wide one \u3000",
    "form\x0cfeed and \x00 null \x1b[31m \x7f",
    "carriage\rreturn and\r\nboth",
    "\n begins with a line end",
    "ends with one\n",
    ("A long prompt about a garden with ponds, " * 9).strip(),
    "x" * 500,
    "\u732b" * 300,
    "\U0001f98a" * 90 + "\\" * 200 + '"' * 200,
    "a\n" + "b " * 200 + "\n\n\nc  \n  d",
]
