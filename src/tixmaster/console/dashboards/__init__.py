"""The dashboards as pages: the same definitions that Grafana gets, drawn from Prometheus in the browser."""
