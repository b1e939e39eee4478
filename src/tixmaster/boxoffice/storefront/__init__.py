"""The page that visitors see: what is on. Every path that is not the API's leads here."""
