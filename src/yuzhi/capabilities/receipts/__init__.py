"""Receipts: the journal as a public log (C2SP tlog-tiles) nobody can rewrite unseen, and proofs from it."""

from yuzhi.capabilities.receipts._auditing import Altered, Audited, audit
from yuzhi.capabilities.receipts._checking import Checked, Fault, Said, Witnessed, check_leaf, check_receipt
from yuzhi.capabilities.receipts._checkpoint import Checkpoint, Signed, open_checkpoint
from yuzhi.capabilities.receipts._folder import LogFolder
from yuzhi.capabilities.receipts._log import Log, key_file, open_log
from yuzhi.capabilities.receipts._notes import COSIGNATURE, VerifierKey, parse_keys
from yuzhi.capabilities.receipts._proofs import Consistency, add_cosignatures, consistency, entry_bundle
from yuzhi.capabilities.receipts._receipt import Receipt, leaf_proof, receipt_of, to_json
from yuzhi.capabilities.receipts._sequencing import Published, publish
from yuzhi.capabilities.receipts._signing import rotate, signing_key
from yuzhi.capabilities.receipts._slip import Slip, picture, slip_of
from yuzhi.capabilities.receipts._tiles import ENTRIES, Place, place_of
from yuzhi.capabilities.receipts._witness import Cosigned, Source, cosign

__all__ = [
    "COSIGNATURE",
    "ENTRIES",
    "Altered",
    "Audited",
    "Checked",
    "Checkpoint",
    "Consistency",
    "Cosigned",
    "Fault",
    "Log",
    "LogFolder",
    "Place",
    "Published",
    "Receipt",
    "Said",
    "Signed",
    "Slip",
    "Source",
    "VerifierKey",
    "Witnessed",
    "add_cosignatures",
    "audit",
    "check_leaf",
    "check_receipt",
    "consistency",
    "cosign",
    "entry_bundle",
    "key_file",
    "leaf_proof",
    "open_checkpoint",
    "open_log",
    "parse_keys",
    "picture",
    "place_of",
    "publish",
    "receipt_of",
    "rotate",
    "signing_key",
    "slip_of",
    "to_json",
]
