"""The emulator's `/v1/videos`: the same jobs and faults in the format of servers of open models."""
