"""Yuzhi 域治: one engine, one registry and one journal for governing a city together."""
