"""Bytes from outside: what they are, and later how they are fetched."""
