"""`python -m scoring_api --host 127.0.0.1 --port 8020`."""

from scoring_api.app import main

main()
