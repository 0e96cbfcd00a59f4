"""Reports of an organisation or a centre for a year or a quarter, as JSON, HTML, PDF and XLSX."""
