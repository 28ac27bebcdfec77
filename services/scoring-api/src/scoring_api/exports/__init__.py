"""Exports for dashboards and officers: editions as CSV, Excel, Parquet and in the portal's shape, results in bulk, the open-data catalogue."""
