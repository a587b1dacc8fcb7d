"""The configuration our own server runs with: durable, reached only through its socket, sized by memory."""

import os
from pathlib import Path

from yuzhi.store.postgres.account import Account

SUPERUSER = "postgres"  # makes roles and databases, and is not used by the platform
ROLE = DATABASE = "yuzhi"
PORT = 5432  # part of the socket's name; nothing listens on the network
MEBIBYTE = 1 << 20


def memory() -> int:
    """Return the bytes of memory this machine, or the container around us, has."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        granted = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return physical
    return min(physical, int(granted)) if granted.isdecimal() else physical


def postgresql_conf(memory: int) -> str:
    """Return the main file; `local.conf` beside it has the last word."""
    shared = min(max(memory // 16, 64 * MEBIBYTE), 1024 * MEBIBYTE)
    return f"""\
# Written at every start. Put your own settings into local.conf beside this file.
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = {shared // MEBIBYTE}MB
effective_cache_size = {memory // 2 // MEBIBYTE}MB
work_mem = 16MB
maintenance_work_mem = {max(shared // 4, 64 * MEBIBYTE) // MEBIBYTE}MB
random_page_cost = 1.1
jit = off

# What is acknowledged stays.
fsync = on
synchronous_commit = on
full_page_writes = on
max_wal_size = 2GB
min_wal_size = 256MB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9

timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
datestyle = 'iso, ymd'
default_text_search_config = 'pg_catalog.simple'

# To stderr, which the supervisor leads into a file; without details and statements, for they may
# quote what people wrote. Our own log has what failed.
logging_collector = off
log_line_prefix = '%m [%p] '
log_min_messages = error
log_error_verbosity = terse
log_min_error_statement = panic
log_checkpoints = off

include_if_exists 'local.conf'
"""


def pg_hba_conf() -> str:
    """Return who may connect: whoever reaches the socket, under the names of `pg_ident_conf`."""
    return "# Written at every start.\nlocal all all peer map=yuzhi\n"


def pg_ident_conf(*accounts: Account) -> str:
    """Return as which roles the users of this machine may come: `accounts`, as both our roles."""
    names = sorted({account.name.replace('"', '""') for account in accounts})
    lines = [f'yuzhi "{name}" {role}\n' for name in names for role in (SUPERUSER, ROLE)]
    return "# Written at every start.\n" + "".join(lines)
