"""Rating a visit behind the desk's code; what managers do with remarks and codes."""

from gateway.pages.feedback import codes, rating, remarks

PAGES = [
    ("GET", "/centre/{centre}/remarks", remarks.listed),
    ("GET", "/centre/{centre}/remarks/{id}", remarks.show),
    ("POST", "/centre/{centre}/remarks/{id}", remarks.act),
    ("GET", "/centre/{centre}/feedback", codes.listed),
    ("GET", "/centre/{centre}/feedback/sheets.pdf", codes.sheets),
    ("GET", "/centre/{centre}/feedback/{desk}/revoke", codes.ask),
    ("POST", "/centre/{centre}/feedback/{desk}/revoke", codes.revoke),
    ("GET", "/centre/{centre}/feedback/{desk}/{file}", codes.file),
]
OPEN_PAGES = [
    ("GET", "/f/{code}", rating.scan),
    ("POST", "/f/{code}", rating.submit),
    ("GET", "/f/{code}/{end}", rating.ended),
]
