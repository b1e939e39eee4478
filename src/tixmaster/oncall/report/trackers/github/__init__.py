"""GitHub as a tracker."""
