"""Comments, contacts and answers go when the organisation has kept them long enough."""
