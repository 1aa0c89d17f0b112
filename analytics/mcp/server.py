"""The protocol itself, by its own library: one request in, one answer out, nothing kept between.

The library speaks ASGI, so each request is handed to it in an event loop of its own. What the tools
read from the database is read in the thread of the request.
"""

import inspect
from collections.abc import Callable
from contextvars import ContextVar
from functools import cache, wraps
from threading import Lock
from typing import Any

import anyio
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import ToolAnnotations

from analytics.mcp.tools import NotUnderstood, Tools
from people.models import User

INSTRUCTIONS = (
    "Moments answers questions about what people do: event segmentation, funnels and retention "
    "over their events and attributes. Begin with list_projects and list_events; `query` computes; "
    "every answer names its formula, its days in the project's time zone, and a link that shows "
    "the same to people. Say the link where you say a number."
)
NAMES = (
    "list_projects", "list_events", "list_attributes", "list_segments", "list_reports", "query",
    "explain_number",
)  # fmt: skip
asking: ContextVar[User] = ContextVar("asking")
# The library makes its door anew for each request and keeps the newest one.
making = Lock()


@cache
def server() -> MCPServer:
    """The tools, described once."""
    made = MCPServer(
        "moments",
        title="Moments",
        instructions=INSTRUCTIONS,
        version=settings.VERSION,
    )
    for name in NAMES:
        made.add_tool(
            tool(getattr(Tools, name)),
            name=name,
            annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
            structured_output=False,
        )
    return made


def tool(method: Callable[..., Any]) -> Callable[..., Any]:
    """A tool as the library wants it: of whoever asks, its errors as words."""

    @wraps(method)
    async def call(**given: Any) -> Any:
        tools = Tools(asking.get())
        try:
            return await sync_to_async(method)(tools, **given)
        except NotUnderstood as error:
            raise ToolError(str(error)) from error

    signature = inspect.signature(method)
    own = [each for each in signature.parameters.values() if each.name != "self"]
    call.__signature__ = signature.replace(parameters=own)  # type: ignore[attr-defined]
    return call


def serve(request: HttpRequest, user: User) -> HttpResponse:
    """The answer to a message of the protocol, for a user."""
    return async_to_sync(served)(request, user)


async def served(request: HttpRequest, user: User) -> HttpResponse:
    asking.set(user)
    with making:
        app = server().streamable_http_app(
            streamable_http_path=request.path,
            json_response=True,
            stateless_http=True,
            # Which hosts and bodies there may be Django has looked at.
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        manager = server().session_manager
    answer = Answer()
    async with manager.run():
        await app(scope_of(request), once(request.body), answer.send)
    return answer.response


def scope_of(request: HttpRequest) -> dict[str, Any]:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in request.headers.items()
    ]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": request.path,
        "raw_path": request.path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 0),
    }


def once(body: bytes) -> Callable[[], Any]:
    """The body in one piece; then the line stays open until the answer is there."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await anyio.sleep_forever()
        return {"type": "http.disconnect"}

    return receive


class Answer:
    """Collects what the library sends."""

    def __init__(self) -> None:
        self.response = HttpResponse(status=500)

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.response.status_code = message["status"]
            for name, value in message["headers"]:
                if name.lower() != b"content-length":
                    self.response[name.decode("latin-1")] = value.decode("latin-1")
        else:
            self.response.write(message.get("body", b""))
