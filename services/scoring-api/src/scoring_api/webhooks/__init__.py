"""Webhook endpoints: where an authority wants changes sent. The worker sends; here officers say where, and see what came of it."""
