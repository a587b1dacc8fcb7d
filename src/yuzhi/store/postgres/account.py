"""As whom a database server runs, and which folders that user cannot pass; it never opens a closed one."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from yuzhi.base.refusal import Refusal

UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine, named in its user table."""

    name: str
    uid: int
    gid: int
    groups: frozenset[int]

    def may(self, path: Path, wanted: int) -> bool:
        """Tell whether the mode of `path` gives this user `wanted` (os.R_OK, os.X_OK); no ACL is read."""
        found = path.stat()
        if self.uid == 0:
            return True
        if found.st_uid == self.uid:
            return found.st_mode >> 6 & wanted == wanted
        if found.st_gid in self.groups:
            return found.st_mode >> 3 & wanted == wanted
        return found.st_mode & wanted == wanted

    def stopped_at(self, path: Path) -> Path | None:
        """Return the first folder above `path` that this user may not pass through, or None."""
        above = reversed(path.resolve().parents)
        return next((folder for folder in above if folder.is_dir() and not self.may(folder, os.X_OK)), None)


def own_account() -> Account:
    """Return who we are; raises Refusal `database.user_unnamed`, for PostgreSQL asks the user table too."""
    uid = os.geteuid()
    try:
        return _account(pwd.getpwuid(uid))
    except KeyError:
        raise Refusal("database.user_unnamed", uid=uid) from None


def account_for(data: Path) -> Account:
    """Return the user to run a server on `data` as: ourselves, or for root its owner, at first `nobody`.

    Raises Refusal `database.user_unnamed`, `database.folder_not_ours` (another user's data),
    `database.folder_of_root` (a server cannot own it).
    """
    ours = own_account()
    owner = data.stat().st_uid if data.exists() else None
    if ours.uid != 0:
        if owner not in {None, ours.uid}:
            raise Refusal(
                "database.folder_not_ours", folder=str(data), owner=_name(owner or 0), user=ours.name
            )
        return ours
    if owner == 0:
        raise Refusal("database.folder_of_root", folder=str(data), user=UNPRIVILEGED)
    try:
        return _account(pwd.getpwnam(UNPRIVILEGED) if owner is None else pwd.getpwuid(owner))
    except KeyError:
        raise Refusal("database.user_unnamed", uid=UNPRIVILEGED if owner is None else owner) from None


def make_private_folder(folder: Path, account: Account) -> None:
    """Make `folder`, or see that it is there, owned by `account` and closed to others (mode 0700).

    Raises Refusal `database.folder_taken` if it belongs to somebody else, is open or is no folder.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        folder.chmod(0o700)
        if account.uid != os.geteuid():
            os.chown(folder, account.uid, account.gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
        raise Refusal("database.folder_taken", folder=str(folder), user=account.name)


def _account(entry: pwd.struct_passwd) -> Account:
    groups = frozenset(os.getgrouplist(entry.pw_name, entry.pw_gid))
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, groups)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
