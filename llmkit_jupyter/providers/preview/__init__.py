"""The offline preview provider: a real MP4 drawn on this machine, without a key."""
