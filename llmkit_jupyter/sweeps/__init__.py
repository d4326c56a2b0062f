"""Many requests as one thing: planned, submitted at a pace, watched, and read as a table."""
