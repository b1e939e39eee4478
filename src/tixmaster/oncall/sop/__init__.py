"""The manual as a program: Markdown documents, read by people on paper and carried out from their fenced step blocks."""
