"""The một-cửa dialect: Vietnamese field names and envelopes in front of the use cases of the canonical dialect."""
