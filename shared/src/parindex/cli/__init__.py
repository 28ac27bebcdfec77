"""The `parindex` command: schema, registers, the launcher; services add theirs by entry point."""
