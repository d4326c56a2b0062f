"""What a person clicks: the studio, a job's view, the player. Each has a twin in ``js/src``."""
