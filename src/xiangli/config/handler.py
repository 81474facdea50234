"""How a request goes through Django: in one thread from beginning to end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_started
from django.http import FileResponse, HttpResponseBase
from django.urls import set_script_prefix

THREADS = 32


class OneThreadHandler(ASGIHandler):
    """Django's ASGI handler, but middlewares and view run in one go in one thread of a pool.

    Django's own goes back to the event loop and into a thread again at each middleware and hook that could be async or
    is not, some twelve times a request, and starts a thread anew for each request: more than the work of most pages.
    Nothing of ours waits for anything but the database.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    def load_middleware(self, is_async: bool = False) -> None:
        """All of it for threads, whatever is asked for."""
        super().load_middleware(is_async=False)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is served, not {scope['type']}")
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        response = await self._in_thread(self._answer, scope, body)
        try:
            await self.send_response(response, send)
        finally:
            if response.streaming:
                await self._in_thread(response.close)

    async def _in_thread(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run ``work`` in a thread of the pool; what it sets for the request ends with it."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, copy_context().run, work, *args)

    def _answer(self, scope: Any, body: Any) -> HttpResponseBase:
        """The response; one that is there in whole is closed already, and its database connection given back."""
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=self.__class__, scope=scope)
        request, refused = self.create_request(scope, body)
        if request is None:
            body.close()
            assert refused
            return refused
        response: Any = self.get_response(request)
        response._handler_class = self.__class__
        response._resource_closers.append(body.close)
        if response.streaming:
            if isinstance(response, FileResponse):
                response.block_size = self.chunk_size
            response.streaming_content = self._parts(iter(response.streaming_content))
        else:
            response.close()
        return response

    async def _parts(self, parts: Iterator[bytes]) -> AsyncIterator[bytes]:
        while (part := await self._in_thread(next, parts, None)) is not None:
            yield part
