"""Jira as a tracker."""
