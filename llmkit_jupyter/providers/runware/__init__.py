"""The Runware provider."""
