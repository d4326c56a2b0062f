"""Bytes from outside: how they are fetched, and what they are."""
