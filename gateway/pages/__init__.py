"""Pages for people: rendered here, on top of the public API and nothing else; no state but sealed cookies."""
