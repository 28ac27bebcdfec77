"""`python -m ranking_worker --host 127.0.0.1 --port 8030`."""

from ranking_worker.app import main

main()
