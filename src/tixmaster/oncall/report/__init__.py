"""Report: telling people, once, with the proof; and the record that stays on disk."""
