"""Receives dossiers, their progress and petition counts as one-stop software sends them, without any personal data."""
