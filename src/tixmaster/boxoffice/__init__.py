"""The ticketing backend: users, events, ticket types, orders."""
