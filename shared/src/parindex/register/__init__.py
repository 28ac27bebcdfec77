"""Loads versioned data (units, questionnaires, published figures) into the database, each load once and in sentences."""
