"""Evidence: what is kept of an incident so that anybody can check the diagnosis later."""
