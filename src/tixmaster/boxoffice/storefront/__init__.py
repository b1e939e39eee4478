"""The pages that visitors and buyers see, over the same functions as the API."""
