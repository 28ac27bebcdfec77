"""The one schema, its migrations, who may write what, and the connections."""
