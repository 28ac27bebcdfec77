"""`python -m survey_ingest`."""

from survey_ingest.app import main

if __name__ == "__main__":
    main()
