"""The web face of on-call: incidents as pages, live; and the process that serves them together with on-call's API."""
