"""Accounts: who people and machines are, how they prove it, and the sessions and tokens that follow.

`keeping` makes and closes accounts, `tokens` is for machines, `oidc` for providers elsewhere,
`second_factor` for authenticators; what is named here by itself is what every request needs.
"""

from yuzhi.capabilities.accounts import _keeping as keeping
from yuzhi.capabilities.accounts import _oidc as oidc
from yuzhi.capabilities.accounts import _second_factor as second_factor
from yuzhi.capabilities.accounts import _tokens as tokens
from yuzhi.capabilities.accounts._claims import claim, give_up
from yuzhi.capabilities.accounts._common import digest as password_digest
from yuzhi.capabilities.accounts._common import normal_form as password_normal_form
from yuzhi.capabilities.accounts._gate import Gate, Limits
from yuzhi.capabilities.accounts._passwords import Passwords, check_new
from yuzhi.capabilities.accounts._phone import (
    PhoneCode,
    ask_code,
    check_own_phone,
    code_to_send,
    mobile,
    phone_hash_of,
    sign_in_by_phone,
)
from yuzhi.capabilities.accounts._second_factor import FactorView
from yuzhi.capabilities.accounts._secrets import Secrets
from yuzhi.capabilities.accounts._sessions import (
    end_session,
    end_sessions,
    forget_old,
    open_session,
    renew,
    session_of,
    sessions_of,
)
from yuzhi.capabilities.accounts._signing_in import Client, Credentials, sign_in
from yuzhi.capabilities.accounts._throttle import network_of
from yuzhi.capabilities.accounts._tracking import check_tracking, sign_in_by_tracking, tracking_code
from yuzhi.capabilities.accounts._views import AccountView, Claim, Opened, SessionView, Signed, TokenView

__all__ = [
    "AccountView",
    "Claim",
    "Client",
    "Credentials",
    "FactorView",
    "Gate",
    "Limits",
    "Opened",
    "Passwords",
    "PhoneCode",
    "Secrets",
    "SessionView",
    "Signed",
    "TokenView",
    "ask_code",
    "check_new",
    "check_own_phone",
    "check_tracking",
    "claim",
    "code_to_send",
    "end_session",
    "end_sessions",
    "forget_old",
    "give_up",
    "keeping",
    "mobile",
    "network_of",
    "oidc",
    "open_session",
    "password_digest",
    "password_normal_form",
    "phone_hash_of",
    "renew",
    "second_factor",
    "session_of",
    "sessions_of",
    "sign_in",
    "sign_in_by_phone",
    "sign_in_by_tracking",
    "tokens",
    "tracking_code",
]
