"""A fake Runware: real HTTP on loopback, real videos, faults on demand, and nothing is charged."""
