"""Evidence (tài liệu kiểm chứng): files that a unit attaches to a component; outside the database, encrypted, never public."""
