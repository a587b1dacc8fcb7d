"""Exports over HTTP: the worklist as it is filtered, or one matter, as XLSX or PDF."""

from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from yuzhi.capabilities import exports
from yuzhi.capabilities.exports import Exported, Form
from yuzhi.capabilities.matters import Filters
from yuzhi.doors.api._needs import asking
from yuzhi.doors.api._problems import language_of
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api.matters import FILTERED, matter_id

FormParameter = Annotated[Form, QueryParameter(name="form", description="A spreadsheet, or to be printed.")]


@get("/matters/export", dependencies=FILTERED)
async def worklist(
    request: AnyRequest, filters: NamedDependency[Filters], form: FormParameter = "xlsx"
) -> Response[bytes]:
    """Give out a worklist: the first 5,000 matters, 1,000 as PDF. `X-Yuzhi-All` says whether that is all."""
    handed, by, now = asking(request)
    made = await exports.export_list(handed.exports, filters, form, by, now, language=language_of(request))
    return _sent(made)


@get("/matters/{matter:str}/export")
async def matter_file(
    request: AnyRequest, matter: FromPath[str], form: FormParameter = "pdf"
) -> Response[bytes]:
    """Give out one matter with what happened to it; whoever asked is masked."""
    handed, by, now = asking(request)
    id_ = await matter_id(handed, matter)
    made = await exports.export_matter(handed.exports, id_, form, by, now, language=language_of(request))
    return _sent(made)


def _sent(made: Exported) -> Response[bytes]:
    return Response(
        made.content,
        media_type=made.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{made.name}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            "X-Yuzhi-Rows": str(made.rows),
            "X-Yuzhi-All": "true" if made.is_all else "false",
        },
    )


HANDLERS = (worklist, matter_file)
