"""Signing in through an OpenID Connect provider: authorization code flow with PKCE, state and nonce.

The protocol's steps are httpx and PyJWT; sources are OpenID Connect Core 1.0 (3.1), Discovery 1.0, RFC 7636 and RFC 9207.
"""
