"""The connection with the National Public Service Portal: profiles, calls, pushes and pulls (docs/design.md, The portal)."""
