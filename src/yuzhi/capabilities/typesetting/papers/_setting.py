"""Sets a text as PDF or DOCX. Words go in as data and are never read as markup; nothing is fetched."""

import io
import json
import re
from functools import cache
from pathlib import Path
from typing import Final

import docx
import msgspec
import typst
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table
from docx.text.run import Run
from pylopdf_fonts_zh_cn import serif_path

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.typesetting import Block, Document

_MISSING: Final = re.compile(r"the text `?\"(.+?)\"`? could not be displayed")

# Margins and sizes as official papers have them (GB/T 9704).
_LAYOUT: Final = r"""
#let told = json(bytes(sys.inputs.at("told")))
#set document(title: told.title, date: auto)
#let room = if told.is_list { 1.5cm } else { (top: 3.7cm, bottom: 3.5cm, left: 2.8cm, right: 2.6cm) }
#let size = if told.is_list { 9pt } else { 14pt }
#set page(paper: "a4", flipped: told.is_list, margin: room, numbering: "— 1 —")
#set text(font: ("Noto Serif SC", "Noto Sans SC"), size: size, lang: told.language, region: "cn")
#set par(justify: true, leading: 1em, spacing: 1em)
#align(center, text(size: if told.is_list { 16pt } else { 22pt }, told.title))
#v(1em)
#for one in told.blocks {
  if one.kind == "heading" { block(above: 1.4em, strong(one.text)) }
  else if one.kind == "table" {
    set par(justify: false, leading: 0.6em)
    set text(size: if told.is_list { 8pt } else { 11pt })
    let (head, ..rest) = one.rows
    table(
      columns: one.widths.map(share => share * 1fr),
      stroke: 0.5pt + luma(160),
      table.header(..head.map(cell => strong(cell))),
      ..rest.flatten(),
    )
  }
  else if one.kind == "line" { par(one.text) }
  else if one.kind == "sign" { block(above: 2em, one.text) }
  else if one.kind == "end" { block(above: 1.4em, width: 100%, align(right, one.text)) }
  else { par(first-line-indent: (amount: 2em, all: true), one.text) }
}
"""


@cache
def _fonts(more: Path | None) -> typst.Fonts:
    folders = [serif_path().parent, *([more] if more is not None else ())]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


def pdf(document: Document, fonts: Path | None = None) -> bytes:
    """Return a text as PDF/A-2u; raises as `as_pdf`."""
    told = json.dumps(msgspec.to_builtins(document), ensure_ascii=False)
    try:
        made = typst.compile(
            _LAYOUT.encode(),
            font_paths=_fonts(fonts),
            ignore_system_fonts=True,
            sys_inputs={"told": told},
            pdf_standards="a-2u",
            timestamp=document.at.replace(microsecond=0),  # as whole seconds it is written
        )
    except typst.TypstError as trouble:
        if missing := _MISSING.findall(str(trouble)):
            raise Refusal("document.character_missing", characters=sorted(set(missing))) from trouble
        raise
    assert isinstance(made, bytes), "one document is one file"
    return made


def word(document: Document) -> bytes:
    """Return a text as a Word document."""
    paper = docx.Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    paper.core_properties.title = document.title
    paper.core_properties.author = ""
    paper.core_properties.created = paper.core_properties.modified = document.at.replace(tzinfo=None)
    title = paper.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _set(title.add_run(document.title), "方正小标宋简体", 22)
    for one in document.blocks:
        if one.kind == "table":
            _lay(paper.add_table(len(one.rows), len(one.widths), style="Table Grid"), one)
            continue
        paragraph = paper.add_paragraph()
        run = paragraph.add_run(one.text)
        _set(run, "黑体" if one.kind == "heading" else "仿宋", 14)
        if one.kind == "end":
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if one.kind == "sign":
            paragraph.paragraph_format.space_before = Pt(24)
        if one.kind == "text":
            paragraph.paragraph_format.first_line_indent = Pt(28)
    written = io.BytesIO()
    paper.save(written)
    return written.getvalue()


def _lay(table: Table, told: Block) -> None:
    for place, (laid, row) in enumerate(zip(table.rows, told.rows, strict=True)):
        for cell, text in zip(laid.cells, row, strict=True):
            _set(cell.paragraphs[0].add_run(text), "仿宋" if place else "黑体", 11)


def _set(run: Run, font: str, size: int) -> None:
    """Name a font that Chinese offices have; Word takes one it knows where it is missing."""
    run.font.size = Pt(size)
    run.font.name = "Times New Roman"
    properties = run._element.get_or_add_rPr()  # noqa: SLF001 -- python-docx has no other way to it
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), font)
