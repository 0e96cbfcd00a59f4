from services.db import run_migrations

run_migrations()
