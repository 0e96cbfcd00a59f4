"""The development issuer as a small OpenID provider: whoever logs in chooses which invented person to be.

It exists in local runs only: production code may not import it, its tokens are signed with the data folder's own key,
it listens on this machine alone, and sends people back to this machine alone.
"""
