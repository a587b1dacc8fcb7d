import os
from pathlib import Path

import pytest

from fakes.packs import noise
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.packs import find_packs, open_pack, read_folder
from yuzhi.capabilities.packs._folder import LARGEST_FILE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "noise", noise())


def written(folder: Path, files: dict[str, str]) -> Path:
    """Write the files of a pack into a folder."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_folder(folder)
    return caught.value


def test_a_folder_is_read_file_by_file(folder: Path) -> None:
    assert read_folder(folder) == noise()
    assert open_pack(folder).problems() == ()


def test_hidden_files_and_a_byte_order_mark_are_passed_over(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".git/config").write_bytes(b"\xff")
    (folder / "words/.zh.yaml.swp").write_bytes(b"\xff")
    (folder / "routing.yaml").write_bytes(b"\xef\xbb\xbf" + noise()["routing.yaml"].encode())
    assert read_folder(folder) == noise()


def test_bytes_that_are_no_text_are_told_with_their_line(folder: Path) -> None:
    (folder / "routing.yaml").write_bytes(b"rules:\n  - {name: \xff}\n")
    (folder / "words/zh.yaml").write_bytes("词".encode("gbk"))
    found = refused(folder).facts["problems"]
    assert isinstance(found, tuple)
    assert [(one.file, one.line) for one in found] == [("routing.yaml", 2), ("words/zh.yaml", 1)]


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("name: secret", encoding="utf-8")
    (folder / "words/zh.yaml").unlink()
    (folder / "words/zh.yaml").symlink_to(tmp_path / "secret")
    assert refused(folder).code == "pack.outside"


def test_a_linked_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / "forms2").symlink_to(tmp_path / "elsewhere")
    assert refused(folder).code == "pack.outside"


def test_a_link_inside_the_folder_is_read(folder: Path) -> None:
    (folder / "routing.yaml").rename(folder / ".routing")
    (folder / "routing.yaml").symlink_to(folder / ".routing")
    assert read_folder(folder) == noise()


def test_a_broken_link_is_refused(folder: Path) -> None:
    (folder / "letters/gone.en.md").symlink_to(folder / "letters/nowhere")
    assert refused(folder).code == "pack.unreadable"


@pytest.mark.parametrize("size", [LARGEST_FILE + 1])
def test_a_file_that_is_too_large_is_refused(folder: Path, size: int) -> None:
    with (folder / "routing.yaml").open("wb") as file:
        file.truncate(size)
    assert refused(folder).code == "pack.too_large"


def test_too_many_files_are_refused(folder: Path) -> None:
    for number in range(600):
        (folder / f"letters/x{number}.en.md").touch()
    assert refused(folder).code == "pack.too_large"


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "routing.yml")
    assert refused(folder).code == "pack.no_file"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere").code == "pack.folder_missing"
    with pytest.raises(Refusal, match=r"pack\.folder_missing"):
        find_packs([tmp_path / "nowhere"])


def test_packs_are_found_in_and_as_folders(folder: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "more/deep", noise())
    (tmp_path / "no-pack").mkdir()
    assert find_packs([tmp_path]) == (folder,)
    assert find_packs([folder, tmp_path / "more", other]) == (folder, other)
