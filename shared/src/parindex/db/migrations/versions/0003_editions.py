"""editions

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('appeal',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('appeal_id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('case_no', sa.Text(), nullable=False),
    sa.Column('publication_id', sa.Integer(), nullable=False),
    sa.Column('edition_no', sa.Integer(), nullable=True),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('component', sa.Text(), nullable=True),
    sa.Column('argument', sa.Text(), nullable=False),
    sa.Column('evidence_ids', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('draft_no', sa.Integer(), nullable=True),
    sa.Column('late_reason', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('tenant_id', 'appeal_id', name=op.f('pk_appeal')),
    sa.UniqueConstraint('tenant_id', 'case_no', name=op.f('uq_appeal_tenant_id_case_no'))
    )
    op.create_index(op.f('ix_appeal_tenant_id_publication_id'), 'appeal', ['tenant_id', 'publication_id'], unique=False)
    op.create_table('appeal_late_right',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('publication_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('unit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('right_no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'publication_id', 'unit_id', 'right_no', name=op.f('pk_appeal_late_right'))
    )
    op.create_table('appeal_evidence',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('appeal_id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('media_type', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retain_until', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'evidence_id', name=op.f('pk_appeal_evidence'))
    )
    op.create_index(op.f('ix_appeal_evidence_tenant_id_appeal_id'), 'appeal_evidence', ['tenant_id', 'appeal_id'], unique=False)
    op.create_table('appeal_event',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('appeal_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('event_no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('edition_no', sa.Integer(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('filed', 'answered', 'upheld', 'dismissed', 'withdrawn', 'corrected')", name=op.f('ck_appeal_event_kind')),
    sa.PrimaryKeyConstraint('tenant_id', 'appeal_id', 'event_no', name=op.f('pk_appeal_event'))
    )
    op.create_table('change_entry',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('change_no', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('subject', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('provisional_table_changed', 'edition_published')", name=op.f('ck_change_entry_kind')),
    sa.CheckConstraint("realm IN ('production', 'sandbox', 'synthetic')", name=op.f('ck_change_entry_realm')),
    sa.PrimaryKeyConstraint('tenant_id', 'change_no', name=op.f('pk_change_entry'))
    )
    op.create_table('edition',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('edition_no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('publication_id', sa.Integer(), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('index_code', sa.Text(), nullable=False),
    sa.Column('scope_unit_id', sa.Integer(), nullable=False),
    sa.Column('block', sa.Text(), nullable=False),
    sa.Column('period', sa.Text(), nullable=False),
    sa.Column('supersedes', sa.Integer(), nullable=True),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('previous_sha256', sa.Text(), nullable=True),
    sa.Column('key_id', sa.Text(), nullable=False),
    sa.Column('signature', sa.LargeBinary(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("realm IN ('production', 'sandbox', 'synthetic')", name=op.f('ck_edition_realm')),
    sa.PrimaryKeyConstraint('tenant_id', 'edition_no', name=op.f('pk_edition')),
    sa.UniqueConstraint('tenant_id', 'previous_sha256', name=op.f('uq_edition_tenant_id_previous_sha256')),
    sa.UniqueConstraint('tenant_id', 'publication_id', name=op.f('uq_edition_tenant_id_publication_id')),
    sa.UniqueConstraint('tenant_id', 'supersedes', name=op.f('uq_edition_tenant_id_supersedes'))
    )
    op.create_index(op.f('ix_edition_index_code_scope_unit_id_block_period_realm'), 'edition', ['index_code', 'scope_unit_id', 'block', 'period', 'realm'], unique=False)
    op.create_table('edition_draft',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('publication_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('draft_no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('body', sa.Text(), nullable=True),
    sa.Column('body_sha256', sa.Text(), nullable=True),
    sa.Column('inputs', sa.Text(), nullable=True),
    sa.Column('inputs_sha256', sa.Text(), nullable=True),
    sa.Column('findings', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('built_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'publication_id', 'draft_no', name=op.f('pk_edition_draft'))
    )
    op.create_table('edition_inputs',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('edition_no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'edition_no', name=op.f('pk_edition_inputs'))
    )
    op.create_table('moved_table',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('moved_id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('subject', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'moved_id', name=op.f('pk_moved_table'))
    )
    op.create_table('publication',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('publication_id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('source', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('title_vi', sa.Text(), nullable=False),
    sa.Column('decision', sa.Text(), nullable=True),
    sa.Column('supersedes', sa.Integer(), nullable=True),
    sa.Column('erratum', sa.Text(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'publication_id', name=op.f('pk_publication'))
    )
    op.create_table('publication_event',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('publication_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('event_no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('body_sha256', sa.Text(), nullable=True),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('drafted', 'reviewed', 'rejected', 'approved', 'withdrawn')", name=op.f('ck_publication_event_kind')),
    sa.PrimaryKeyConstraint('tenant_id', 'publication_id', 'event_no', name=op.f('pk_publication_event'))
    )
    op.create_table('signing_key',
    sa.Column('key_id', sa.Text(), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('introduced_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key_id', name=op.f('pk_signing_key'))
    )
    op.create_table('webhook_cursor',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('endpoint_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('change_no', sa.BigInteger(), nullable=False),
    sa.Column('replay_no', sa.Integer(), nullable=False),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('tenant_id', 'endpoint_id', name=op.f('pk_webhook_cursor'))
    )
    op.create_table('webhook_delivery',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('endpoint_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('change_no', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('replay_no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_status', sa.Integer(), nullable=True),
    sa.Column('last_error', sa.Text(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'delivered', 'dead', 'stopped')", name=op.f('ck_webhook_delivery_state')),
    sa.PrimaryKeyConstraint('tenant_id', 'endpoint_id', 'change_no', 'replay_no', name=op.f('pk_webhook_delivery'))
    )
    op.create_index(op.f('ix_webhook_delivery_state_next_at'), 'webhook_delivery', ['state', 'next_at'], unique=False)
    op.create_table('webhook_endpoint',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('endpoint_id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('kinds', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('from_change_no', sa.BigInteger(), nullable=False),
    sa.Column('secret_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('old_secret_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('old_secret_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("realm IN ('production', 'sandbox', 'synthetic')", name=op.f('ck_webhook_endpoint_realm')),
    sa.PrimaryKeyConstraint('tenant_id', 'endpoint_id', name=op.f('pk_webhook_endpoint'))
    )
    op.create_table('webhook_replay',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('endpoint_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('replay_no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('from_change_no', sa.BigInteger(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('from', 'dead', 'test')", name=op.f('ck_webhook_replay_kind')),
    sa.PrimaryKeyConstraint('tenant_id', 'endpoint_id', 'replay_no', name=op.f('pk_webhook_replay'))
    )


def downgrade() -> None:
    op.drop_table('webhook_replay')
    op.drop_table('webhook_endpoint')
    op.drop_index(op.f('ix_webhook_delivery_state_next_at'), table_name='webhook_delivery')
    op.drop_table('webhook_delivery')
    op.drop_table('webhook_cursor')
    op.drop_table('signing_key')
    op.drop_table('publication_event')
    op.drop_table('publication')
    op.drop_table('moved_table')
    op.drop_table('edition_inputs')
    op.drop_table('edition_draft')
    op.drop_index(op.f('ix_edition_index_code_scope_unit_id_block_period_realm'), table_name='edition')
    op.drop_table('edition')
    op.drop_table('change_entry')
    op.drop_table('appeal_event')
    op.drop_index(op.f('ix_appeal_evidence_tenant_id_appeal_id'), table_name='appeal_evidence')
    op.drop_table('appeal_evidence')
    op.drop_table('appeal_late_right')
    op.drop_index(op.f('ix_appeal_tenant_id_publication_id'), table_name='appeal')
    op.drop_table('appeal')
