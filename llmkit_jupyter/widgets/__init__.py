"""What a person clicks: the studio, a job and a player, and what stands behind their forms."""
