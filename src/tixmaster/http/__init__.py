"""How a process of ours listens for HTTP: uvicorn in its own event loop, behind a door that does not wait for ever."""
