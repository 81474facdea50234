"""A limit for request bodies at the door of the ASGI application, before a byte too many reaches a disk.

Django takes a body in whole before any view runs, and a chunked one has no length to refuse it by.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

TOO_LARGE = "xiangli.body_too_large"
"""Key of the request's scope: True when something was left out of the body. The view answers 413."""
PATIENCE = 10  # times the limit: so much is read and dropped, so that the sender still hears our answer


class LimitedBodies:
    """Passes on at most ``limit`` bytes of the body of requests below ``prefix`` and drops the rest as it comes in.

    A sender that goes on beyond ten times the limit is cut off.
    """

    def __init__(self, application: Application, *, prefix: str, limit: int) -> None:
        self.application = application
        self.prefix = prefix
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(self.prefix):
            scope[TOO_LARGE] = False
            receive = self._limited(scope, receive)
        await self.application(scope, receive, send)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        seen = 0

        async def limited() -> Mapping[str, Any]:
            nonlocal seen
            message = await receive()
            if message["type"] != "http.request":
                return message
            seen += len(message.get("body", b""))
            if seen <= self.limit:
                return message
            if seen > self.limit * PATIENCE:
                return {"type": "http.disconnect"}
            scope[TOO_LARGE] = True
            return {**message, "body": b""}

        return limited
