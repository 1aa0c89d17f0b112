"""Assistants, by the protocol's own client, on a running product."""

import asyncio
import json

import httpx2
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

JAZZ = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"preset": "last_30_days"},
    "granularities": ["week"],
    "events": [
        {
            "event": "Song Played",
            "filters": [{"property": "songGenre", "operator": "is", "value": ["jazz"]}],
        }
    ],
    "compare": "previous_period",
}


def session(live, work):
    """What `work` makes of a session with the product."""

    async def run():
        headers = {"Authorization": f"Bearer {live.api_token}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60) as http,
            streamable_http_client(f"{live.url}/mcp", http_client=http) as (read, write, *_),
            ClientSession(read, write) as client,
        ):
            await client.initialize()
            return await work(client)

    return asyncio.run(run())


def said(result):
    return [json.loads(each.text) for each in result.content]


def test_an_assistant_tells_how_jazz_changed_in_three_calls(live):
    async def work(client):
        projects = said(await client.call_tool("list_projects", {}))
        [project] = [each for each in projects if each["name"] == "Music"]
        asked = {"project": project["project"], "definition": JAZZ}
        [week] = said(await client.call_tool("query", asked))
        asked["definition"] = JAZZ | {"breakdown": {"attribute": "country"}}
        [why] = said(await client.call_tool("query", asked))
        return project, week, why

    project, week, why = session(live, work)
    assert project["timezone"] == week["timezone"] == "Europe/Zagreb"
    assert week["formula"] == "How many different people did the event at least once."
    assert week["link"].startswith(f"{live.url}/p/{project['project']}/segmentation/?")
    assert "before" in week["finding"]
    assert week["result"]["series"][0]["previous"]["total"]["value"]
    groups = {each["value"] for each in why["result"]["series"][0]["breakdown"]}
    assert "HR" in groups


def test_every_tool_only_reads_and_says_what_it_wants(live):
    async def work(client):
        return (await client.list_tools()).tools

    tools = {each.name: each for each in session(live, work)}
    assert set(tools) == {
        "list_projects", "list_events", "list_attributes", "list_segments", "list_reports",
        "query", "explain_number",
    }  # fmt: skip
    assert all(each.annotations.read_only_hint for each in tools.values())
    assert tools["query"].input_schema["required"] == ["project", "definition"]


@pytest.mark.parametrize(
    ("tool", "given", "words"),
    [
        ("list_events", {"project": "nowhere"}, "You see no project “nowhere”"),
        ("query", {"definition": {"kind": "map"}}, "kind: "),
        ("query", {"definition": JAZZ | {"events": [{"event": "Song Playd"}]}},
         "Did you mean “Song Played”?"),
        ("explain_number", {"definition": JAZZ, "figure": {"event": 7}}, "event: "),
        ("list_reports", {"project": "music\0"}, ""),
    ],
)  # fmt: skip
def test_errors_teach(live, tool, given, words):
    async def work(client):
        asked = given if "project" in given else given | {"project": "music"}
        return await client.call_tool(tool, asked)

    result = session(live, work)
    assert result.is_error is bool(words)
    assert words in result.content[0].text


def test_a_number_is_explained(live):
    async def work(client):
        asked = {"project": "music", "definition": JAZZ, "figure": {"event": 0}}
        [told] = said(await client.call_tool("explain_number", asked))
        del asked["figure"]
        [answer] = said(await client.call_tool("query", asked))
        return told, answer

    told, answer = session(live, work)
    assert told["people"] == answer["result"]["series"][0]["total"]["value"]
    assert told["number"].startswith("Did Song Played")
    assert "/segmentation/people/?" in told["link"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_nobody_gets_in_without_a_token(live, headers):
    assert httpx2.post(f"{live.url}/mcp", json={}, headers=headers).status_code == 401


@pytest.mark.parametrize("body", [b"", b"[", b"{}", b"[1]", b'{"jsonrpc": "2.0", "method": 5}'])
def test_what_is_no_message_is_refused(live, body):
    headers = {"Authorization": f"Bearer {live.api_token}", "Content-Type": "application/json",
               "Accept": "application/json, text/event-stream"}  # fmt: skip
    assert httpx2.post(f"{live.url}/mcp", content=body, headers=headers).status_code == 400
