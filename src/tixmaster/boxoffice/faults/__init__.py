"""Fault injection for drills. The endpoints answer only with ENABLE_FAULT_ENDPOINTS set to true and a valid X-Fault-Token."""
