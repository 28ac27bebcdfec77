"""The assessment round: its events, who may do what and until when, the use cases, and how a round is read."""
