"""Administration: who may change units, people, posts and packs, how far, and what that amounts to."""

from yuzhi.capabilities.administration._first_run import FirstAdministrator, first_run
from yuzhi.capabilities.administration._lists import LARGEST, Saving, What, read_list, take_list
from yuzhi.capabilities.administration._office import (
    Administrator,
    Known,
    administrator,
    check_not_oneself,
    check_reach,
    check_reaches_person,
    check_settled,
)
from yuzhi.capabilities.administration._people import (
    end_deputy,
    end_shift,
    hand_post_over,
    put_deputy,
    put_person,
    put_post,
    put_shift,
    put_unit,
)
from yuzhi.capabilities.administration._permissions import Permission, as_workbook, permissions
from yuzhi.capabilities.administration._powers import POWERS, Powers, parse_powers

__all__ = [
    "LARGEST",
    "POWERS",
    "Administrator",
    "FirstAdministrator",
    "Known",
    "Permission",
    "Powers",
    "Saving",
    "What",
    "administrator",
    "as_workbook",
    "check_not_oneself",
    "check_reach",
    "check_reaches_person",
    "check_settled",
    "end_deputy",
    "end_shift",
    "first_run",
    "hand_post_over",
    "parse_powers",
    "permissions",
    "put_deputy",
    "put_person",
    "put_post",
    "put_shift",
    "put_unit",
    "read_list",
    "take_list",
]
