"""Signing in: OpenID Connect with PKCE; the issuer says who it is, the browser keeps it sealed (ADR 15)."""
