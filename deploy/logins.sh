#!/bin/sh
# Run once by the postgres image on an empty volume: the services' roles, each with its own password.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" -v owner="$POSTGRES_USER" -f /deploy/roles.sql
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  -v survey_ingest="$SURVEY_INGEST_PASSWORD" -v scoring_api="$SCORING_API_PASSWORD" -v ranking_worker="$RANKING_WORKER_PASSWORD" <<'SQL'
ALTER ROLE parindex_survey_ingest LOGIN PASSWORD :'survey_ingest';
ALTER ROLE parindex_scoring_api LOGIN PASSWORD :'scoring_api';
ALTER ROLE parindex_ranking_worker LOGIN PASSWORD :'ranking_worker';
SQL
