"""Open311 GeoReport v2 in our words: services from catalogues, attributes from forms, matters as requests."""

from yuzhi.capabilities.open311._asking import Arguments, new_matter, one_of
from yuzhi.capabilities.open311._attributes import Attribute, Choice, attributes, read_attributes
from yuzhi.capabilities.open311._finding import MOST, Wanted, wanted
from yuzhi.capabilities.open311._requests import find, found_by_token
from yuzhi.capabilities.open311._services import Service, code_for, service_of, services
from yuzhi.capabilities.open311._telling import Extended, Request

__all__ = [
    "MOST",
    "Arguments",
    "Attribute",
    "Choice",
    "Extended",
    "Request",
    "Service",
    "Wanted",
    "attributes",
    "code_for",
    "find",
    "found_by_token",
    "new_matter",
    "one_of",
    "read_attributes",
    "service_of",
    "services",
    "wanted",
]
