"""What signed-in visitors did, for administrators to count."""
