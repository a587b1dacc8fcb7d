"""Packs: the folders of procedures, forms, words and letters an installation works with, read and checked.

`versions` are those that were proposed and approved here, beside the ones that came in folders.
"""

from yuzhi.capabilities.packs import _versions as versions
from yuzhi.capabilities.packs._archive import read_archive
from yuzhi.capabilities.packs._folder import find_packs, read_folder
from yuzhi.capabilities.packs._shelf import ReadPack, Shelf, load_shelf, open_pack
from yuzhi.capabilities.packs._telling import difference, explained
from yuzhi.capabilities.packs._versions import ProposalView

__all__ = [
    "ProposalView",
    "ReadPack",
    "Shelf",
    "difference",
    "explained",
    "find_packs",
    "load_shelf",
    "open_pack",
    "read_archive",
    "read_folder",
    "versions",
]
