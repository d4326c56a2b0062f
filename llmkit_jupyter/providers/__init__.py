"""Providers: one module a wire format, one interface for all."""
