"""room in the pages of dossier

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Each row is written anew with every version of its dossier. In a page with room it stays there, and no index is
    # touched (HOT); holds for pages written from now on, readers and writers go on meanwhile.
    op.execute("ALTER TABLE dossier SET (fillfactor = 50)")


def downgrade() -> None:
    op.execute("ALTER TABLE dossier RESET (fillfactor)")
