"""An optional large model behind any OpenAI-compatible endpoint, for summaries and drafts only.

Off unless configured. What is personal is struck out before a text leaves; what comes back is
checked, cut and marked as a draft. Whatever goes wrong, the answer is a reason and never a crash,
and nothing waits longer than the time-out.
"""

import asyncio
import re
from typing import Final

import httpx2
import msgspec
from msgspec import Struct

from yuzhi.capabilities.understanding.text import mask_personal

_LONGEST_IN: Final = 6_000
_LONGEST_OUT: Final = 2_000
_BIGGEST_BODY: Final = 1_000_000
_SUMMARY: Final = (
    "你为政府热线工作人员概括群众来件。只依据来件内容，用不超过三句话概括诉求、地点和期限，"
    "不得补充来件没有的内容。"
)
_DRAFT: Final = (
    "你为政府工作人员起草答复初稿。只依据给出的来件和参考材料，不得编造政策、日期、电话或承诺。"
    "没有依据的写“待核实”。"
)
_THOUGHT: Final = re.compile(r"<think>.*?</think>", re.DOTALL)

HEAD: Final = "【机器草稿，须经工作人员核实】"


class Endpoint(Struct, frozen=True):
    """Where the model is: address (what precedes `/chat/completions`), model, key, time-out in seconds."""

    base_url: str
    model: str
    key: str = ""
    timeout: float = 20.0


class Written(Struct, frozen=True):
    """What the model wrote, marked as a draft; or, with an empty text, the reason why there is none."""

    text: str
    problem: str = ""


class LargeModel:
    """A client of one endpoint; None as endpoint means off."""

    def __init__(self, endpoint: Endpoint | None, client: httpx2.AsyncClient | None = None) -> None:
        self._endpoint: Final = endpoint
        self._client: Final = client

    @property
    def is_on(self) -> bool:
        """Say whether an endpoint is configured."""
        return self._endpoint is not None

    async def summarise(self, message: str) -> Written:
        """Sum a message up in at most three sentences."""
        return await self._write(_SUMMARY, message)

    async def draft(self, message: str, sources: tuple[str, ...] = ()) -> Written:
        """Draft a reply from a message and the sources given, nothing else."""
        material = "\n".join(f"参考{at}：{source}" for at, source in enumerate(sources, start=1))
        return await self._write(_DRAFT, f"来件：{message}\n{material}")

    async def _write(self, order: str, content: str) -> Written:
        endpoint = self._endpoint
        if endpoint is None:
            return Written("", "off")
        asked = {
            "model": endpoint.model,
            "temperature": 0,
            "messages": [
                {"role": "system", "content": order},
                {"role": "user", "content": mask_personal(content)[:_LONGEST_IN]},
            ],
        }
        try:
            # The limit is on the whole: a server that drips a byte a second must not hold anybody.
            async with asyncio.timeout(endpoint.timeout):
                body = await self._post(endpoint, asked)
        except (TimeoutError, httpx2.TimeoutException):
            return Written("", "timeout")
        except httpx2.HTTPStatusError as error:
            return Written("", f"status {error.response.status_code}")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
            return Written("", f"unreachable: {type(error).__name__}")
        return _checked(body)

    async def _post(self, endpoint: Endpoint, asked: dict[str, object]) -> bytes:
        headers = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
        client = self._client or httpx2.AsyncClient(timeout=endpoint.timeout, trust_env=False)
        try:
            address = f"{endpoint.base_url.rstrip('/')}/chat/completions"
            async with client.stream("POST", address, json=asked, headers=headers) as response:
                response.raise_for_status()
                body = b""
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > _BIGGEST_BODY:
                        raise ValueError("too big")
                return body
        finally:
            if self._client is None:
                await client.aclose()


class _Said(Struct):
    content: str | None = None


class _Choice(Struct):
    message: _Said


class _Body(Struct):
    choices: list[_Choice]


def _checked(body: bytes) -> Written:
    try:
        said = msgspec.json.decode(body, type=_Body).choices[0].message.content or ""
    except (msgspec.MsgspecError, IndexError, UnicodeDecodeError):
        return Written("", "not an answer")
    text = _THOUGHT.sub("", said).strip()
    text = "".join(char for char in text if char.isprintable() or char == "\n")[:_LONGEST_OUT]
    return Written(f"{HEAD}\n{mask_personal(text)}") if text else Written("", "empty")
