"""Placeholder for the pytest plugin."""
