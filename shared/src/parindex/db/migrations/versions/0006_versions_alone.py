"""dossiers are known by their versions alone

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A pointer to the newest version: the key of the versions says the same, and nothing can disagree with it.
    # No release has written it, so there is no older code to wait for.
    op.drop_table('dossier')


def downgrade() -> None:
    op.create_table('dossier',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('dossier_key', sa.Text(), nullable=False),
    sa.Column('version_no', sa.Integer(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('system_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("realm IN ('production', 'sandbox', 'synthetic')", name=op.f('ck_dossier_realm')),
    sa.PrimaryKeyConstraint('tenant_id', 'realm', 'dossier_key', name=op.f('pk_dossier')),
    postgresql_with={'fillfactor': 50},
    )
    op.execute(
        "INSERT INTO dossier SELECT DISTINCT ON (tenant_id, realm, dossier_key) tenant_id, realm, dossier_key, version_no, digest, system_id"
        " FROM dossier_version ORDER BY tenant_id, realm, dossier_key, version_no DESC"
    )
