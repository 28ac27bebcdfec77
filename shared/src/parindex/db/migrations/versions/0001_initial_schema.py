"""initial schema

Revision ID: 0001
Revises: 
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table('access_token',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('token_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('credential_id', sa.Text(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'token_sha256', name=op.f('pk_access_token'))
    )
    op.create_table('batch_answer',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('system_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('idempotency_key', sa.Text(), nullable=False),
    sa.Column('body_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('receipt_id', sa.UUID(), nullable=False),
    sa.Column('status', sa.SmallInteger(), nullable=False),
    sa.Column('answer', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'system_id', 'idempotency_key', name=op.f('pk_batch_answer'))
    )
    op.create_index(op.f('ix_batch_answer_created_at'), 'batch_answer', ['created_at'], unique=False)
    op.create_table('credential',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('credential_id', sa.Text(), nullable=False),
    sa.Column('principal_id', sa.Integer(), nullable=False),
    sa.Column('system_id', sa.Integer(), nullable=True),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('scopes', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('scope_unit_ids', sa.ARRAY(sa.Integer()), nullable=False),
    sa.Column('secret_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("realm IN ('production', 'sandbox', 'synthetic')", name=op.f('ck_credential_realm')),
    sa.PrimaryKeyConstraint('tenant_id', 'credential_id', name=op.f('pk_credential'))
    )
    op.create_table('credential_event',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('event_id', sa.UUID(), nullable=False),
    sa.Column('credential_id', sa.Text(), nullable=False),
    sa.Column('principal_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'event_id', name=op.f('pk_credential_event'))
    )
    op.create_table('device_state',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('system_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('device_id', sa.Text(), nullable=False),
    sa.Column('last_seq', sa.BigInteger(), nullable=False),
    sa.Column('last_answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'system_id', 'device_id', name=op.f('pk_device_state'))
    )
    op.create_table('due',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('due_id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('instrument_version_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'due_id', name=op.f('pk_due'))
    )
    op.create_table('exposure',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('system_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('unit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('collected_via', sa.Text(), nullable=False),
    sa.Column('local_day', sa.Date(), nullable=False),
    sa.Column('revision', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('offered', sa.Integer(), nullable=False),
    sa.Column('asked', sa.Integer(), nullable=False),
    sa.Column('credential_id', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('offered >= 0 AND asked >= 0 AND asked <= offered', name=op.f('ck_exposure_asked_of_offered')),
    sa.PrimaryKeyConstraint('tenant_id', 'system_id', 'unit_id', 'collected_via', 'local_day', 'revision', name=op.f('pk_exposure'))
    )
    op.create_index(op.f('ix_exposure_tenant_id_unit_id_local_day'), 'exposure', ['tenant_id', 'unit_id', 'local_day'], unique=False)
    op.create_table('imported_row',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('imported_table_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('unit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('printed_code', sa.Text(), nullable=False),
    sa.Column('printed_name', sa.Text(), nullable=False),
    sa.Column('printed_rank', sa.Integer(), nullable=True),
    sa.Column('total', sa.Numeric(), nullable=True),
    sa.Column('parts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'imported_table_id', 'unit_id', name=op.f('pk_imported_row'))
    )
    op.create_table('imported_table',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('imported_table_id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('framework', sa.Text(), nullable=False),
    sa.Column('scope_unit_id', sa.Integer(), nullable=False),
    sa.Column('block', sa.Text(), nullable=False),
    sa.Column('period', sa.Text(), nullable=False),
    sa.Column('to_date', sa.Boolean(), nullable=False),
    sa.Column('observed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'imported_table_id', name=op.f('pk_imported_table')),
    sa.UniqueConstraint('tenant_id', 'realm', 'framework', 'scope_unit_id', 'block', 'period', 'observed_at', name=op.f('uq_imported_table_tenant_id_realm_framework_scope_unit_id_block_period_observed_at'))
    )
    op.create_table('instrument_version',
    sa.Column('instrument_version_id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('instrument', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('design', sa.Text(), nullable=False),
    sa.Column('document', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("design IN ('self_selected', 'probability')", name=op.f('ck_instrument_version_design')),
    sa.PrimaryKeyConstraint('instrument_version_id', name=op.f('pk_instrument_version')),
    sa.UniqueConstraint('instrument', 'version', name=op.f('uq_instrument_version_instrument_version'))
    )
    op.create_table('league_table',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('scope_unit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('block', sa.Text(), nullable=False),
    sa.Column('instrument_version_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('period', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=False),
    sa.Column('policy', sa.Text(), nullable=False),
    sa.Column('document', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint("realm IN ('production', 'sandbox', 'synthetic')", name=op.f('ck_league_table_realm')),
    sa.CheckConstraint("state IN ('current', 'frozen')", name=op.f('ck_league_table_state')),
    sa.PrimaryKeyConstraint('tenant_id', 'realm', 'scope_unit_id', 'block', 'instrument_version_id', 'period', 'state', name=op.f('pk_league_table'))
    )
    op.create_table('period_closing',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('period', sa.Text(), nullable=False),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('results', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'realm', 'period', name=op.f('pk_period_closing'))
    )
    op.create_table('principal',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('principal_id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('work_address', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('person', 'system')", name=op.f('ck_principal_kind')),
    sa.PrimaryKeyConstraint('tenant_id', 'principal_id', name=op.f('pk_principal'))
    )
    op.create_table('procedure',
    sa.Column('base_code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('field_code', sa.Text(), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('base_code', name=op.f('pk_procedure'))
    )
    op.create_table('quality_finding',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('finding_id', sa.UUID(), nullable=False),
    sa.Column('system_id', sa.Integer(), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'finding_id', name=op.f('pk_quality_finding'))
    )
    op.create_table('quarantine',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('system_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('response_id', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('credential_id', sa.Text(), nullable=False),
    sa.Column('receipt_id', sa.UUID(), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('body', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('digest_version', sa.SmallInteger(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'system_id', 'response_id', 'revision', name=op.f('pk_quarantine'))
    )
    op.create_table('quarantine_outcome',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('system_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('response_id', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('findings', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("outcome IN ('released', 'repeat', 'superseded', 'rejected_later', 'withdrawn')", name=op.f('ck_quarantine_outcome_outcome')),
    sa.PrimaryKeyConstraint('tenant_id', 'system_id', 'response_id', 'revision', name=op.f('pk_quarantine_outcome'))
    )
    op.create_table('receipt',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('receipt_id', sa.UUID(), nullable=False),
    sa.Column('system_id', sa.Integer(), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('credential_id', sa.Text(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('local_day', sa.Date(), nullable=False),
    sa.Column('items', sa.Integer(), nullable=False),
    sa.Column('accepted', sa.Integer(), nullable=False),
    sa.Column('duplicate', sa.Integer(), nullable=False),
    sa.Column('repeat', sa.Integer(), nullable=False),
    sa.Column('quarantined', sa.Integer(), nullable=False),
    sa.Column('conflict', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.CheckConstraint('items = accepted + duplicate + repeat + quarantined + conflict + refused', name=op.f('ck_receipt_verdicts_sum')),
    sa.PrimaryKeyConstraint('tenant_id', 'receipt_id', name=op.f('pk_receipt'))
    )
    op.create_index(op.f('ix_receipt_tenant_id_system_id_local_day'), 'receipt', ['tenant_id', 'system_id', 'local_day'], unique=False)
    op.create_table('reconciliation',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('reconciliation_id', sa.UUID(), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('cells', sa.Integer(), nullable=False),
    sa.Column('responses', sa.BigInteger(), nullable=False),
    sa.Column('mismatches', sa.Integer(), nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'reconciliation_id', name=op.f('pk_reconciliation'))
    )
    op.create_table('refusal',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('receipt_id', sa.UUID(), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('system_id', sa.Integer(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('response_id', sa.Text(), nullable=True),
    sa.Column('fields', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('codes', sa.ARRAY(sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'receipt_id', 'position', name=op.f('pk_refusal'))
    )
    op.create_table('register_load',
    sa.Column('revision', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('register', sa.Text(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('summary', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('revision', name=op.f('pk_register_load'))
    )
    op.create_table('response',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('system_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('response_id', sa.Text(), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('receipt_id', sa.UUID(), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('local_day', sa.Date(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('instrument_version_id', sa.Integer(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('collected_via', sa.Text(), nullable=False),
    sa.Column('mode', sa.Text(), nullable=False),
    sa.Column('service_channel', sa.Text(), nullable=False),
    sa.Column('respondent_kind', sa.Text(), nullable=False),
    sa.Column('answers', sa.ARRAY(sa.SmallInteger()), nullable=False),
    sa.Column('weight', sa.Numeric(), nullable=True),
    sa.Column('sample', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('dossier_code', sa.Text(), nullable=True),
    sa.Column('slot_key', sa.Text(), nullable=True),
    sa.Column('procedure_code', sa.Text(), nullable=True),
    sa.Column('procedure_base', sa.Text(), nullable=False),
    sa.Column('field_code', sa.Text(), nullable=True),
    sa.Column('field_base', sa.Text(), nullable=False),
    sa.Column('replaces', sa.Text(), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('device', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('digest_version', sa.SmallInteger(), nullable=False),
    sa.CheckConstraint("realm IN ('production', 'sandbox', 'synthetic')", name=op.f('ck_response_realm')),
    sa.PrimaryKeyConstraint('tenant_id', 'system_id', 'response_id', name=op.f('pk_response'))
    )
    op.create_index(op.f('ix_response_tenant_id_unit_id_local_day'), 'response', ['tenant_id', 'unit_id', 'local_day'], unique=False)
    op.create_table('response_change',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('change_id', sa.UUID(), nullable=False),
    sa.Column('system_id', sa.Integer(), nullable=False),
    sa.Column('response_id', sa.Text(), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('delta', sa.SmallInteger(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('slot_key', sa.Text(), nullable=True),
    sa.Column('other_system_id', sa.Integer(), nullable=True),
    sa.Column('other_response_id', sa.Text(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('credential_id', sa.Text(), nullable=False),
    sa.Column('principal_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind IN ('repeat', 'withdrawn', 'replaced', 'promoted')", name=op.f('ck_response_change_kind')),
    sa.CheckConstraint('delta IN (-1, 0, 1)', name=op.f('ck_response_change_delta')),
    sa.PrimaryKeyConstraint('tenant_id', 'change_id', name=op.f('pk_response_change'))
    )
    op.create_index(op.f('ix_response_change_tenant_id_system_id_response_id'), 'response_change', ['tenant_id', 'system_id', 'response_id'], unique=False)
    op.create_index('ix_response_change_waiting', 'response_change', ['tenant_id', 'realm', 'slot_key', 'received_at', 'position'], unique=False, postgresql_where=sa.text("kind = 'repeat'"))
    op.create_index('uq_response_change_one_end', 'response_change', ['tenant_id', 'system_id', 'response_id'], unique=True, postgresql_where=sa.text("kind IN ('withdrawn', 'replaced')"))
    op.create_table('response_delta',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('delta_id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('instrument_version_id', sa.Integer(), nullable=False),
    sa.Column('local_day', sa.Date(), nullable=False),
    sa.Column('service_channel', sa.Text(), nullable=False),
    sa.Column('collected_via', sa.Text(), nullable=False),
    sa.Column('mode', sa.Text(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('respondent_kind', sa.Text(), nullable=False),
    sa.Column('field_base', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('procedures', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('items', sa.ARRAY(sa.SmallInteger()), nullable=False),
    sa.Column('codes', sa.ARRAY(sa.SmallInteger()), nullable=False),
    sa.Column('n', sa.ARRAY(sa.Integer()), nullable=False),
    sa.Column('w', sa.ARRAY(sa.Numeric()), nullable=False),
    sa.Column('w2', sa.ARRAY(sa.Numeric()), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'delta_id', name=op.f('pk_response_delta'))
    )
    op.create_table('response_text',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('system_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('response_id', sa.Text(), nullable=False),
    sa.Column('item', sa.Text(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'system_id', 'response_id', 'item', 'received_at', name=op.f('pk_response_text')),
    postgresql_partition_by='RANGE (received_at)'
    )
    op.create_table('rollup',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('instrument_version_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('local_day', sa.Date(), nullable=False),
    sa.Column('item', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('code', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('service_channel', sa.Text(), nullable=False),
    sa.Column('collected_via', sa.Text(), nullable=False),
    sa.Column('mode', sa.Text(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('respondent_kind', sa.Text(), nullable=False),
    sa.Column('field_base', sa.Text(), nullable=False),
    sa.Column('n', sa.BigInteger(), nullable=False),
    sa.Column('w', sa.Numeric(), nullable=False),
    sa.Column('w2', sa.Numeric(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'realm', 'unit_id', 'instrument_version_id', 'local_day', 'item', 'code', 'service_channel', 'collected_via', 'mode', 'stage', 'respondent_kind', 'field_base', name=op.f('pk_rollup'))
    )
    op.create_table('rollup_procedure',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('instrument_version_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('procedure_base', sa.Text(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('item', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('code', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('n', sa.BigInteger(), nullable=False),
    sa.Column('w', sa.Numeric(), nullable=False),
    sa.Column('w2', sa.Numeric(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'realm', 'unit_id', 'instrument_version_id', 'procedure_base', 'month', 'item', 'code', name=op.f('pk_rollup_procedure'))
    )
    op.create_table('sending_system',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('system_id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('principal_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('scope_unit_ids', sa.ARRAY(sa.Integer()), nullable=False),
    sa.Column('personal_data', sa.Text(), server_default='refuse', nullable=False),
    sa.Column('respondent_kinds', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('items_per_minute', sa.Integer(), server_default='600000', nullable=False),
    sa.Column('requests_per_minute', sa.Integer(), server_default='60000', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("personal_data IN ('refuse', 'strip')", name=op.f('ck_sending_system_personal_data')),
    sa.CheckConstraint("realm IN ('production', 'sandbox', 'synthetic')", name=op.f('ck_sending_system_realm')),
    sa.PrimaryKeyConstraint('tenant_id', 'system_id', name=op.f('pk_sending_system')),
    sa.UniqueConstraint('tenant_id', 'realm', 'name', name=op.f('uq_sending_system_tenant_id_realm_name'))
    )
    op.create_table('slot',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('slot_key', sa.Text(), nullable=False),
    sa.Column('system_id', sa.Integer(), nullable=False),
    sa.Column('response_id', sa.Text(), nullable=False),
    sa.Column('tombstone', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'realm', 'slot_key', name=op.f('pk_slot'))
    )
    op.create_table('tally',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('instrument_version_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('item', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('code', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('n', sa.BigInteger(), nullable=False),
    sa.Column('w', sa.Numeric(), nullable=False),
    sa.Column('w2', sa.Numeric(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'realm', 'unit_id', 'instrument_version_id', 'month', 'item', 'code', name=op.f('pk_tally'))
    )
    op.create_index(op.f('ix_tally_unit_id_realm_instrument_version_id_month'), 'tally', ['unit_id', 'realm', 'instrument_version_id', 'month'], unique=False)
    op.create_table('tenant',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('joined_on', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', name=op.f('pk_tenant'))
    )
    op.create_table('unit',
    sa.Column('unit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('provenance', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("kind IN ('nation', 'province', 'district', 'commune', 'department', 'office')", name=op.f('ck_unit_kind')),
    sa.CheckConstraint("realm IN ('production', 'sandbox', 'synthetic')", name=op.f('ck_unit_realm')),
    sa.PrimaryKeyConstraint('unit_id', name=op.f('pk_unit'))
    )
    op.create_index(op.f('ix_unit_revision_unit_id'), 'unit', ['revision', 'unit_id'], unique=False)
    op.create_table('unit_block',
    sa.Column('unit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('framework', sa.Text(), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('block', sa.Text(), nullable=False),
    postgresql.ExcludeConstraint((sa.column('unit_id'), '='), (sa.column('framework'), '='), (sa.column('valid'), '&&'), using='gist', name='ex_unit_block_one_at_a_time'),
    sa.PrimaryKeyConstraint('unit_id', 'framework', 'valid', name=op.f('pk_unit_block'))
    )
    op.create_table('unit_code',
    sa.Column('scheme', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    postgresql.ExcludeConstraint((sa.column('scheme'), '='), (sa.column('code'), '='), (sa.column('valid'), '&&'), using='gist', name='ex_unit_code_one_meaning_at_a_time'),
    sa.PrimaryKeyConstraint('scheme', 'code', 'valid', name=op.f('pk_unit_code'))
    )
    op.create_index(op.f('ix_unit_code_unit_id'), 'unit_code', ['unit_id'], unique=False)
    op.create_table('unit_lineage',
    sa.Column('predecessor_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('successor_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('extent', sa.Text(), nullable=False),
    sa.Column('effective', sa.Date(), nullable=False),
    sa.Column('legal_basis', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.CheckConstraint("extent IN ('full', 'partial')", name=op.f('ck_unit_lineage_extent')),
    sa.PrimaryKeyConstraint('predecessor_id', 'successor_id', name=op.f('pk_unit_lineage'))
    )
    op.create_index(op.f('ix_unit_lineage_successor_id'), 'unit_lineage', ['successor_id'], unique=False)
    op.create_table('unit_name',
    sa.Column('unit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('unit_type', sa.Text(), nullable=False),
    sa.Column('search_name', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    postgresql.ExcludeConstraint((sa.column('unit_id'), '='), (sa.column('valid'), '&&'), using='gist', name='ex_unit_name_one_at_a_time'),
    sa.PrimaryKeyConstraint('unit_id', 'valid', name=op.f('pk_unit_name'))
    )
    op.create_table('unit_parent',
    sa.Column('unit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    postgresql.ExcludeConstraint((sa.column('unit_id'), '='), (sa.column('valid'), '&&'), using='gist', name='ex_unit_parent_one_at_a_time'),
    sa.PrimaryKeyConstraint('unit_id', 'valid', name=op.f('pk_unit_parent'))
    )
    op.create_index(op.f('ix_unit_parent_parent_id'), 'unit_parent', ['parent_id'], unique=False)
    op.create_table('unit_result',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('instrument_version_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('period', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=False),
    sa.Column('document', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint("realm IN ('production', 'sandbox', 'synthetic')", name=op.f('ck_unit_result_realm')),
    sa.CheckConstraint("state IN ('current', 'frozen')", name=op.f('ck_unit_result_state')),
    sa.PrimaryKeyConstraint('tenant_id', 'realm', 'unit_id', 'instrument_version_id', 'period', 'state', name=op.f('pk_unit_result'))
    )
    op.create_index(op.f('ix_unit_result_unit_id_realm_instrument_version_id_period'), 'unit_result', ['unit_id', 'realm', 'instrument_version_id', 'period'], unique=False)
    # Queues turn over quickly: without early vacuuming every read would walk over the rows already taken.
    for queue in ('response_delta', 'due'):
        op.execute(f"ALTER TABLE {queue} SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)")
    op.create_table('worker_state',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=False),
    sa.Column('merges', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'realm', name=op.f('pk_worker_state'))
    )


def downgrade() -> None:
    op.drop_table('worker_state')
    op.drop_index(op.f('ix_unit_result_unit_id_realm_instrument_version_id_period'), table_name='unit_result')
    op.drop_table('unit_result')
    op.drop_index(op.f('ix_unit_parent_parent_id'), table_name='unit_parent')
    op.drop_table('unit_parent')
    op.drop_table('unit_name')
    op.drop_index(op.f('ix_unit_lineage_successor_id'), table_name='unit_lineage')
    op.drop_table('unit_lineage')
    op.drop_index(op.f('ix_unit_code_unit_id'), table_name='unit_code')
    op.drop_table('unit_code')
    op.drop_table('unit_block')
    op.drop_index(op.f('ix_unit_revision_unit_id'), table_name='unit')
    op.drop_table('unit')
    op.drop_table('tenant')
    op.drop_index(op.f('ix_tally_unit_id_realm_instrument_version_id_month'), table_name='tally')
    op.drop_table('tally')
    op.drop_table('slot')
    op.drop_table('sending_system')
    op.drop_table('rollup_procedure')
    op.drop_table('rollup')
    op.drop_table('response_text')
    op.drop_table('response_delta')
    op.drop_index('uq_response_change_one_end', table_name='response_change', postgresql_where=sa.text("kind IN ('withdrawn', 'replaced')"))
    op.drop_index('ix_response_change_waiting', table_name='response_change', postgresql_where=sa.text("kind = 'repeat'"))
    op.drop_index(op.f('ix_response_change_tenant_id_system_id_response_id'), table_name='response_change')
    op.drop_table('response_change')
    op.drop_index(op.f('ix_response_tenant_id_unit_id_local_day'), table_name='response')
    op.drop_table('response')
    op.drop_table('register_load')
    op.drop_table('refusal')
    op.drop_table('reconciliation')
    op.drop_index(op.f('ix_receipt_tenant_id_system_id_local_day'), table_name='receipt')
    op.drop_table('receipt')
    op.drop_table('quarantine_outcome')
    op.drop_table('quarantine')
    op.drop_table('quality_finding')
    op.drop_table('procedure')
    op.drop_table('principal')
    op.drop_table('period_closing')
    op.drop_table('league_table')
    op.drop_table('instrument_version')
    op.drop_table('imported_table')
    op.drop_table('imported_row')
    op.drop_index(op.f('ix_exposure_tenant_id_unit_id_local_day'), table_name='exposure')
    op.drop_table('exposure')
    op.drop_table('due')
    op.drop_table('device_state')
    op.drop_table('credential_event')
    op.drop_table('credential')
    op.drop_index(op.f('ix_batch_answer_created_at'), table_name='batch_answer')
    op.drop_table('batch_answer')
    op.drop_table('access_token')
