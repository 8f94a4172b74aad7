"""Rumorlab."""
