"""criteria, persons, rounds, evidence, index runs

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('assessment_round',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('round_id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('framework_version_id', sa.Integer(), nullable=False),
    sa.Column('block', sa.Text(), nullable=False),
    sa.Column('period', sa.Text(), nullable=False),
    sa.Column('scope_unit_id', sa.Integer(), nullable=False),
    sa.Column('title_vi', sa.Text(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("realm IN ('production', 'sandbox', 'synthetic')", name=op.f('ck_assessment_round_realm')),
    sa.PrimaryKeyConstraint('tenant_id', 'round_id', name=op.f('pk_assessment_round'))
    )
    op.create_table('evidence',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('evidence_id', sa.UUID(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('component', sa.Text(), nullable=False),
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('media_type', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retain_until', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'evidence_id', name=op.f('pk_evidence'))
    )
    op.create_index(op.f('ix_evidence_tenant_id_round_id_unit_id_component'), 'evidence', ['tenant_id', 'round_id', 'unit_id', 'component'], unique=False)
    op.create_table('evidence_access',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('evidence_access_id', sa.UUID(), nullable=False),
    sa.Column('evidence_id', sa.UUID(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'evidence_access_id', name=op.f('pk_evidence_access'))
    )
    op.create_index(op.f('ix_evidence_access_tenant_id_evidence_id'), 'evidence_access', ['tenant_id', 'evidence_id'], unique=False)
    op.create_table('evidence_content',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('storage_key', sa.Text(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=True),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'sha256', name=op.f('pk_evidence_content'))
    )
    op.create_table('evidence_erasure',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('evidence_id', sa.UUID(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'evidence_id', name=op.f('pk_evidence_erasure'))
    )
    op.create_table('framework_draft',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('framework_draft_id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('origin', sa.Text(), nullable=False),
    sa.Column('document', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('findings', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("origin IN ('yaml', 'json', 'workbook')", name=op.f('ck_framework_draft_origin')),
    sa.CheckConstraint("state IN ('draft', 'checked', 'in_force', 'withdrawn')", name=op.f('ck_framework_draft_state')),
    sa.PrimaryKeyConstraint('tenant_id', 'framework_draft_id', name=op.f('pk_framework_draft'))
    )
    op.create_table('framework_event',
    sa.Column('framework_event_id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('drafted', 'revised', 'checked', 'put_in_force', 'withdrawn')", name=op.f('ck_framework_event_kind')),
    sa.PrimaryKeyConstraint('framework_event_id', name=op.f('pk_framework_event'))
    )
    op.create_index(op.f('ix_framework_event_code_version'), 'framework_event', ['code', 'version'], unique=False)
    op.create_table('framework_version',
    sa.Column('framework_version_id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('tenant_id', sa.Integer(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('document', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status IN ('official', 'template', 'example')", name=op.f('ck_framework_version_status')),
    sa.CheckConstraint('valid_to > valid_from', name=op.f('ck_framework_version_validity')),
    sa.PrimaryKeyConstraint('framework_version_id', name=op.f('pk_framework_version')),
    sa.UniqueConstraint('code', 'valid_from', name=op.f('uq_framework_version_code_valid_from')),
    sa.UniqueConstraint('code', 'version', name=op.f('uq_framework_version_code_version'))
    )
    op.create_table('index_result',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('round_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('unit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('input_sha256', sa.Text(), nullable=False),
    sa.Column('engine_version', sa.Text(), nullable=False),
    sa.Column('framework_sha256', sa.Text(), nullable=False),
    sa.Column('document', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'round_id', 'unit_id', 'input_sha256', 'engine_version', name=op.f('pk_index_result'))
    )
    op.create_table('index_run',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('round_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('event_no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('engine_version', sa.Text(), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('framework_version_id', sa.Integer(), nullable=False),
    sa.Column('framework_sha256', sa.Text(), nullable=False),
    sa.Column('input_sha256', sa.Text(), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=False),
    sa.Column('document', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("realm IN ('production', 'sandbox', 'synthetic')", name=op.f('ck_index_run_realm')),
    sa.CheckConstraint("state IN ('provisional', 'final')", name=op.f('ck_index_run_state')),
    sa.PrimaryKeyConstraint('tenant_id', 'round_id', 'event_no', 'engine_version', name=op.f('pk_index_run'))
    )
    op.create_table('person',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('person_id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('work_address', sa.Text(), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'person_id', name=op.f('pk_person')),
    sa.UniqueConstraint('tenant_id', 'work_address', name=op.f('uq_person_tenant_id_work_address'))
    )
    op.create_table('person_identity',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('issuer', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'issuer', 'subject', name=op.f('pk_person_identity'))
    )
    op.create_table('person_role',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('person_role_id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('granted_by', sa.Integer(), nullable=True),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_by', sa.Integer(), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(role IN ('unit', 'appraiser')) = (unit_id IS NOT NULL)", name=op.f('ck_person_role_unit')),
    sa.CheckConstraint("role IN ('officer', 'unit', 'appraiser', 'council', 'auditor')", name=op.f('ck_person_role_role')),
    sa.PrimaryKeyConstraint('tenant_id', 'person_role_id', name=op.f('pk_person_role'))
    )
    op.create_index(op.f('ix_person_role_tenant_id_person_id'), 'person_role', ['tenant_id', 'person_id'], unique=False)
    op.create_table('person_secret',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('person_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('totp_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('totp_last_step', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('invitation_sha256', sa.LargeBinary(), nullable=True),
    sa.Column('invitation_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'person_id', name=op.f('pk_person_secret'))
    )
    op.create_table('published_figure',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('published_figure_id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('realm', sa.Text(), nullable=False),
    sa.Column('framework', sa.Text(), nullable=False),
    sa.Column('block', sa.Text(), nullable=False),
    sa.Column('period', sa.Text(), nullable=False),
    sa.Column('scope_unit_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('printed_name', sa.Text(), nullable=False),
    sa.Column('measure', sa.Text(), nullable=False),
    sa.Column('value', sa.Numeric(), nullable=True),
    sa.Column('maximum', sa.Numeric(), nullable=True),
    sa.Column('printed_rank', sa.Text(), nullable=True),
    sa.Column('printed_grade', sa.Text(), nullable=True),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('source_match', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('observed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("realm IN ('production', 'sandbox', 'synthetic')", name=op.f('ck_published_figure_realm')),
    sa.CheckConstraint("evidence IN ('published', 'derived', 'rank_only', 'missing')", name=op.f('ck_published_figure_evidence')),
    sa.CheckConstraint("(value IS NULL) = (evidence IN ('rank_only', 'missing'))", name=op.f('ck_published_figure_value')),
    sa.CheckConstraint("source_match IN ('exact', 'probable')", name=op.f('ck_published_figure_source_match')),
    sa.PrimaryKeyConstraint('tenant_id', 'published_figure_id', name=op.f('pk_published_figure')),
    sa.UniqueConstraint('tenant_id', 'realm', 'framework', 'period', 'block', 'scope_unit_id', 'printed_name', 'measure', 'source', 'observed_at', name='uq_published_figure_observation')
    )
    op.create_table('round_cell',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('round_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('unit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('component', sa.Text(), nullable=False),
    sa.Column('sides', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('evidence', sa.Integer(), nullable=False),
    sa.Column('event_no', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'round_id', 'unit_id', 'component', name=op.f('pk_round_cell'))
    )
    op.create_table('round_event',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('round_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('event_no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('phase', sa.Text(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('component', sa.Text(), nullable=True),
    sa.Column('input', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('points', sa.Numeric(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('late_reason', sa.Text(), nullable=True),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('opened', 'deadline_set', 'phase_opened', 'late_granted', 'declared', 'submitted', 'appraised_1', 'answered', 'appraised_2', 'joined', 'decided', 'evidence_added', 'evidence_erased', 'close_proposed', 'close_withdrawn', 'closed')", name=op.f('ck_round_event_kind')),
    sa.CheckConstraint("phase IN ('declaration', 'appraisal_1', 'answer', 'appraisal_2', 'council', 'closed')", name=op.f('ck_round_event_phase')),
    sa.CheckConstraint("role IN ('officer', 'unit', 'appraiser', 'council', 'auditor')", name=op.f('ck_round_event_role')),
    sa.PrimaryKeyConstraint('tenant_id', 'round_id', 'event_no', name=op.f('pk_round_event'))
    )
    op.create_index(op.f('ix_round_event_tenant_id_round_id_unit_id_component'), 'round_event', ['tenant_id', 'round_id', 'unit_id', 'component'], unique=False)
    op.create_table('round_field',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('round_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('field_code', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'round_id', 'field_code', name=op.f('pk_round_field'))
    )
    op.create_table('round_state',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('round_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('phase', sa.Text(), nullable=False),
    sa.Column('last_event_no', sa.Integer(), nullable=False),
    sa.Column('deadlines', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('close_proposed_by', sa.Integer(), nullable=True),
    sa.Column('late_rights', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('submissions', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("phase IN ('declaration', 'appraisal_1', 'answer', 'appraisal_2', 'council', 'closed')", name=op.f('ck_round_state_phase')),
    sa.PrimaryKeyConstraint('tenant_id', 'round_id', name=op.f('pk_round_state'))
    )
    op.create_table('round_unit',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('round_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('unit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'round_id', 'unit_id', name=op.f('pk_round_unit'))
    )
    op.create_table('sign_in',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('token_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('method', sa.Text(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("method IN ('local', 'oidc')", name=op.f('ck_sign_in_method')),
    sa.PrimaryKeyConstraint('tenant_id', 'token_sha256', name=op.f('pk_sign_in'))
    )
    op.create_table('sign_in_event',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('sign_in_event_id', sa.UUID(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('by_person_id', sa.Integer(), nullable=True),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant_id', 'sign_in_event_id', name=op.f('pk_sign_in_event'))
    )
    op.create_index(op.f('ix_sign_in_event_tenant_id_person_id_recorded_at'), 'sign_in_event', ['tenant_id', 'person_id', 'recorded_at'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_sign_in_event_tenant_id_person_id_recorded_at'), table_name='sign_in_event')
    op.drop_table('sign_in_event')
    op.drop_table('sign_in')
    op.drop_table('published_figure')
    op.drop_table('round_unit')
    op.drop_table('round_state')
    op.drop_table('round_field')
    op.drop_index(op.f('ix_round_event_tenant_id_round_id_unit_id_component'), table_name='round_event')
    op.drop_table('round_event')
    op.drop_table('round_cell')
    op.drop_table('person_secret')
    op.drop_index(op.f('ix_person_role_tenant_id_person_id'), table_name='person_role')
    op.drop_table('person_role')
    op.drop_table('person_identity')
    op.drop_table('person')
    op.drop_table('index_run')
    op.drop_table('index_result')
    op.drop_table('framework_version')
    op.drop_index(op.f('ix_framework_event_code_version'), table_name='framework_event')
    op.drop_table('framework_event')
    op.drop_table('framework_draft')
    op.drop_table('evidence_erasure')
    op.drop_table('evidence_content')
    op.drop_index(op.f('ix_evidence_access_tenant_id_evidence_id'), table_name='evidence_access')
    op.drop_table('evidence_access')
    op.drop_index(op.f('ix_evidence_tenant_id_round_id_unit_id_component'), table_name='evidence')
    op.drop_table('evidence')
    op.drop_table('assessment_round')
