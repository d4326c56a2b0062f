"""A job's life: journal, submission, polling, download. Entry point: ``engine.Engine``."""
