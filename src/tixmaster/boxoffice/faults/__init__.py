"""Faults on request, so that the watching can be practised. Closed unless ENABLE_FAULT_ENDPOINTS is true, and to whoever has
no X-Fault-Token."""
