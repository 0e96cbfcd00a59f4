"""The single front: routing to the services, one OpenAPI document, the state of all. No database, no business rule."""
