"""Roles: existence and trust; logging permissions."""
