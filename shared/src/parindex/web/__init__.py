"""What the HTTP services share: application factory, problem details, authentication, logs, metrics, health."""
