"""The first calls of the API, ready to be copied; each is run by a test as it stands."""

from collections.abc import Mapping
from dataclasses import dataclass

BASH, PYTHON = "bash", "python"


@dataclass(frozen=True)
class Example:
    """A call: what it is for, and how it is made from a terminal and in Python."""

    title: str
    text: str
    curl: str
    python: str

    def filled(self, parts: Mapping[str, str]) -> "Example":
        """The example with the words of a project in their places."""
        curl, python = self.curl, self.python
        for word, value in parts.items():
            curl, python = curl.replace(word, value), python.replace(word, value)
        return Example(self.title, self.text, curl.strip(), python.strip())


EXAMPLES = (
    Example(
        "Make your first query",
        "How many people did anything, day by day in the last week. The answer waits up to ten"
        " seconds; if it takes longer, it has an address to ask again.",
        """
curl -s <ORIGIN>/api/projects/<PROJECT>/query/ \\
  -H "Authorization: Bearer <TOKEN>" -H "Content-Type: application/json" \\
  -d '{"wait": 10, "definition": {"kind": "segmentation", "metric": "people",
       "period": {"preset": "last_7_days"}, "events": [{"event": null}]}}'
""",
        """
import json
from urllib.request import Request, urlopen

definition = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"preset": "last_7_days"},
    "events": [{"event": None}],
}
call = Request(
    "<ORIGIN>/api/projects/<PROJECT>/query/",
    json.dumps({"definition": definition, "wait": 10}).encode(),
    {"Authorization": "Bearer <TOKEN>", "Content-Type": "application/json"},
)
answer = json.load(urlopen(call))
print(answer["status"], answer["result"]["series"][0]["total"])
""",
    ),
    Example(
        "List what there is to ask about",
        "The events that came in, a page at a time: each has the address of the next one.",
        """
curl -s "<ORIGIN>/api/projects/<PROJECT>/events/?limit=20" -H "Authorization: Bearer <TOKEN>"
""",
        """
import json
from urllib.request import Request, urlopen

address = "<ORIGIN>/api/projects/<PROJECT>/events/?limit=20"
while address:
    page = json.load(urlopen(Request(address, headers={"Authorization": "Bearer <TOKEN>"})))
    for event in page["results"]:
        print(event["name"])
    address = page["next"]
""",
    ),
    Example(
        "Save a report",
        "The same definition under a name; it is in the library then, and its result has an address"
        " of its own, also as CSV.",
        """
curl -s <ORIGIN>/api/projects/<PROJECT>/reports/ \\
  -H "Authorization: Bearer <TOKEN>" -H "Content-Type: application/json" \\
  -d '{"name": "Active people", "definition": {"kind": "segmentation", "metric": "people",
       "period": {"preset": "last_30_days"}, "events": [{"event": null}]}}'
""",
        """
import json
from urllib.request import Request, urlopen

head = {"Authorization": "Bearer <TOKEN>", "Content-Type": "application/json"}
definition = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"preset": "last_30_days"},
    "events": [{"event": None}],
}
body = json.dumps({"name": "Active people, again", "definition": definition}).encode()
report = json.load(urlopen(Request("<ORIGIN>/api/projects/<PROJECT>/reports/", body, head)))
address = f"<ORIGIN>/api/projects/<PROJECT>/reports/{report['id']}/result/?format=csv"
print(urlopen(Request(address, headers=head)).read().decode())
""",
    ),
)
