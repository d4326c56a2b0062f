"""What a person types in a cell, and what the cell shows."""
