from services.migrations import run_migrations

run_migrations()
