"""The setting itself. Its libraries and fonts take much memory: it is loaded by name where it runs."""

from yuzhi.capabilities.typesetting.papers._setting import pdf, word

__all__ = ["pdf", "word"]
