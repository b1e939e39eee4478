"""GitLab as a tracker."""
