"""Rehearsals: a city made up from real places, and staff who work through matters in simulated time.

For demonstrations, exercises and measurements. The simulated staff knows no rule; it asks what it may do.
"""

from yuzhi.capabilities.rehearsal._acts import Scene
from yuzhi.capabilities.rehearsal._arrivals import Arrival, Residents, Template, read_templates, replies
from yuzhi.capabilities.rehearsal._city import City, Department, make_city
from yuzhi.capabilities.rehearsal._founding import found_city, open_arrivals
from yuzhi.capabilities.rehearsal._outlines import outlines
from yuzhi.capabilities.rehearsal._play import Play, Played
from yuzhi.capabilities.rehearsal._sayings import Sayings
from yuzhi.capabilities.rehearsal._staff import Staff

__all__ = [
    "Arrival",
    "City",
    "Department",
    "Play",
    "Played",
    "Residents",
    "Sayings",
    "Scene",
    "Staff",
    "Template",
    "found_city",
    "make_city",
    "open_arrivals",
    "outlines",
    "read_templates",
    "replies",
]
