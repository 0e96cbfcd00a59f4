"""Statistics for everybody: all, a region, a centre; today; how figures are made. Reports for those in charge."""

from gateway.pages.stats import dashboard, method, reports

PAGES = [
    ("GET", "/stats", dashboard.country),
    ("GET", "/stats/regions/{code}", dashboard.region),
    ("GET", "/stats/centres/{centre}", dashboard.centre),
    ("GET", "/stats/today", method.today),
    ("GET", "/stats/method", method.method),
    ("GET", "/stats/reports/{organisation}/{name}", reports.show),
]
