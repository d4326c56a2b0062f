"""DiffusionRouter: any server, or router in front of many, that speaks ``/v1/videos``."""
