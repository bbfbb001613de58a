"""Secrets and parameters: permission, existence, keys, environment files."""
