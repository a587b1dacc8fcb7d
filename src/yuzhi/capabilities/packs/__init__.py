"""Packs: the folders of procedures, forms, words and letters an installation works with, read and checked."""

from yuzhi.capabilities.packs._folder import find_packs, read_folder
from yuzhi.capabilities.packs._shelf import ReadPack, Shelf, load_shelf, open_pack

__all__ = ["ReadPack", "Shelf", "find_packs", "load_shelf", "open_pack", "read_folder"]
