"""Redmine as a tracker."""
