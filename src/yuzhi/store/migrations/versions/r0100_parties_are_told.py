"""Letters to parties: whom of the vault they are for, which case a party was told, whose telephone it is."""

from alembic import op

revision = "0100"
down_revision = "0120"


def upgrade() -> None:
    """Add what deliveries, receipts of parties and residents' accounts need to find parties by."""
    # Who has no account has no reference but that of the vault, where the address is.
    op.execute("alter table delivery add column person uuid")
    op.execute("create index delivery_of_person on delivery (person) where person is not null")
    op.execute("""
        create table party_receipt (
            id uuid primary key,
            matter_id uuid not null,
            party uuid not null,
            person uuid not null,
            created_at timestamptz not null
        )
    """)
    op.execute("create unique index party_receipt_once on party_receipt (party)")
    # The vault's keyed hash of the telephone, kept once its owner has signed in with it.
    op.execute("alter table resident add column phone_hash bytea")
    op.execute("create index resident_by_phone_hash on resident (phone_hash) where phone_hash is not null")
