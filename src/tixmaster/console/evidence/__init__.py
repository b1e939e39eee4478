"""The evidence of an incident: its files as they were taken, and pages that show them to people."""

from tixmaster.console.evidence import files, pages

HANDLERS = (files.serve, files.export, *pages.HANDLERS)
"""Whatever is below `/incidents/INC-42/evidence`, and the whole record as a ZIP file."""
