"""stats_svc owns the figures: projections of all events, the queries, reports and open data made of them."""
