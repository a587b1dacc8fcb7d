"""The roof: reads the settings once and hands each door what it needs. Nothing imports it.

This module stays light, for it is what `yuzhi --help` loads: a command's own module and the function
that makes its `Needs` are named as `module:name` and loaded when that command runs.
"""

import os
from pkgutil import resolve_name
from typing import TypeVar, cast

from yuzhi.doors.cli import Command, run
from yuzhi.settings import language_of, read_settings
from yuzhi.wiring.memory import keep_one_heap

COMMANDS = (
    Command("serve", "yuzhi.doors.cli.serve:app", "Serve the API.", needs="yuzhi.wiring.commands:for_serve"),
    Command(
        "worker",
        "yuzhi.doors.cli.worker:app",
        "Work off clocks and letters.",
        needs="yuzhi.wiring.commands:for_worker",
    ),
    Command(
        "status",
        "yuzhi.doors.cli.status:app",
        "How the machine stands, and what is wrong with it.",
        needs="yuzhi.wiring.commands:for_status",
    ),
    Command(
        "sensors",
        "yuzhi.doors.cli.sensors:app",
        "Sensors: judge readings, load the list, status.",
        needs="yuzhi.wiring.sensing:for_sensors",
    ),
    Command(
        "demo",
        "yuzhi.doors.cli.demo:app",
        "A demonstration city: make it, serve it, let its staff work.",
        needs="yuzhi.wiring.bulk:for_demo",
    ),
    Command(
        "rates",
        "yuzhi.doors.cli.rates:app",
        "Rates by unit, territory, category: on time, solved, satisfied.",
        needs="yuzhi.wiring.bulk:for_rates",
    ),
    Command(
        "import",
        "yuzhi.doors.cli.import_:app",
        "Bring matters in from files.",
        needs="yuzhi.wiring.bulk:for_import",
    ),
    Command(
        "journal",
        "yuzhi.doors.cli.journal:app",
        "The journal: verify, rebuild.",
        needs="yuzhi.wiring.commands:for_journal",
    ),
    Command(
        "receipt",
        "yuzhi.doors.cli.receipt:app",
        "Receipts: show, verify; the log: publish, witness.",
        needs="yuzhi.wiring.log:for_receipt",
    ),
    Command(
        "deliveries",
        "yuzhi.doors.cli.deliveries:app",
        "Letters: what became of them, sending again.",
        needs="yuzhi.wiring.commands:for_deliveries",
    ),
    Command(
        "routing",
        "yuzhi.doors.cli.routing:app",
        "Routing: explain, dry-run.",
        needs="yuzhi.wiring.commands:for_routing",
    ),
    Command(
        "packs",
        "yuzhi.doors.cli.packs:app",
        "Packs: check, explain, draw, run, simulate.",
        needs="yuzhi.wiring.packs:for_packs",
    ),
    Command(
        "understand",
        "yuzhi.doors.cli.understand:app",
        "Understand residents' words, on files.",
    ),
    Command(
        "db",
        "yuzhi.doors.cli.db:app",
        "The database: start, stop, migrate, back up.",
        needs="yuzhi.wiring.database:for_db",
    ),
    Command(
        "territory",
        "yuzhi.doors.cli.territory:app",
        "Territories: import, locate, find, re-organise.",
        needs="yuzhi.wiring.ground:for_territory",
    ),
    Command(
        "mediators",
        "yuzhi.doors.cli.mediators:app",
        "Mediators: import a list, show the directory.",
        needs="yuzhi.wiring.disputing:for_mediators",
    ),
    Command(
        "policies",
        "yuzhi.doors.cli.policies:app",
        "Policy answers: import a list, find, list, withdraw.",
        needs="yuzhi.wiring.commands:for_policies",
    ),
    Command(
        "disputes",
        "yuzhi.doors.cli.disputes:app",
        "Disputes: figures, and where they arise.",
        needs="yuzhi.wiring.disputing:for_disputes",
    ),
    Command(
        "registry",
        "yuzhi.doors.cli.registry:app",
        "Units and posts: import, list.",
        needs="yuzhi.wiring.ground:for_registry",
    ),
    Command(
        "vault",
        "yuzhi.doors.cli.vault:app",
        "Personal data: read for a purpose, erase, retention, keys.",
        needs="yuzhi.wiring.commands:for_vault",
    ),
    Command(
        "admin",
        "yuzhi.doors.cli.admin:app",
        "Administration: posts, accounts, tokens, packs.",
        needs="yuzhi.wiring.administering:for_admin",
    ),
)

Needs = TypeVar("Needs")


def supply(kind: type[Needs], /) -> Needs:
    """Return the `Needs` of a command module, made from the settings of this process."""
    maker = next(one.needs for one in COMMANDS if one.app.startswith(kind.__module__ + ":"))
    return cast("Needs", resolve_name(maker)(read_settings(os.environ)))


def main() -> None:
    """Run the command line: the `yuzhi` script."""
    keep_one_heap()
    run(COMMANDS, supply, language=language_of(os.environ))
