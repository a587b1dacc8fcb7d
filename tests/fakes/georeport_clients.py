"""Two GeoReport clients from PyPI that were written for other cities, run against an endpoint.

Run as a program: `python georeport_clients.py ENDPOINT KEY NUMBER`; it prints what each of them got as JSON.
`three` (2013) is for Python 2, where `itertools` still had `ifilter`; it is given that name and is otherwise
as its authors published it.
"""

import importlib
import itertools
import json
import sys
from typing import Any


def with_georeport(endpoint: str, number: str) -> dict[str, Any]:
    """Ask everything `georeport` can ask, in JSON and in XML."""
    made = importlib.import_module("georeport")
    told: dict[str, Any] = {}
    for form in ("json", "xml"):
        client = made.GeoReport(endpoint, jurisdiction="city.example", output_format=form)
        listed = client.get_service_list()
        code = next(one["service_code"] for one in listed if one["service_code"].endswith("road.lamp"))
        told[form] = {
            "services": len(listed),
            "code": code,
            "definition": client.get_service_definition(code),
            "requests": client.get_service_requests(service_code=code, status="open,closed"),
            "some": client.get_service_requests(service_request_id=number),
            "one": client.get_service_request(number),
        }
    return told


def with_three(endpoint: str, key: str) -> dict[str, Any]:
    """Ask everything `three` can ask, and open a request."""
    vars(itertools)["ifilter"] = filter
    made = importlib.import_module("three")
    client = made.Three(endpoint, api_key=key, jurisdiction="city.example")
    services = client.services()
    code = services[-1]["service_code"]
    opened = client.post(
        "citizen-request.urban.road.lamp", address="首南街道 12 号", name="小 王", phone="13800000000",
        description="路灯坏了三天", **{"attribute[kind]": "complaint"},
    )  # fmt: skip
    refused = client.post("citizen-request.urban.road.lamp", description="没有地点")
    client.session.headers["Prefer"] = "respond-async"
    token = client.post(
        "citizen-request", lat="29.8", long="121.5", description="x", **{"attribute[kind]": "help"}
    )
    return {
        "discovery": client.discovery(),
        "services": len(services),
        "definition": client.services(code),
        "opened": opened,
        "refused": refused,
        "token": token,
        "behind": client.token(token[0]["token"]),
        "one": client.request(opened[0]["service_request_id"]),
        "between": client.requests(between=["01-01-2010", "02-01-2010"]),
        "listed": client.requests("citizen-request.urban.road.lamp"),
        "bare": client.get("services", convert=False)[:1].decode(),
    }


if __name__ == "__main__":
    address, given_key, known = sys.argv[1:]
    sys.stdout.write(
        json.dumps({"georeport": with_georeport(address, known), "three": with_three(address, given_key)})
    )
