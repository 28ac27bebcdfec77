"""Jobs between services: names, payloads, the serialiser, the doorbell. Rows are the truth; a lost message loses only freshness."""
