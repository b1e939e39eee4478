"""Takes an alert to a closed record, by carrying out the SOP."""
