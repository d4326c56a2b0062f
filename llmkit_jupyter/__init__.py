"""From a text prompt to a video playing inside the notebook."""
