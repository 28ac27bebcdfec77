"""The officials' pages: Vietnamese, rendered on the server, by forms and keyboard alone; the same use cases as the interface."""
