"""What each model accepts, and the names that people use for sizes."""
