"""Rating a visit behind the desk's code; what managers do with remarks and codes."""

from gateway.pages.feedback import booked, codes, rating, remarks

PAGES = [
    ("GET", "/rate/booking", booked.about_booking),
    ("POST", "/rate/booking", booked.submit),
    ("GET", "/rate/booking/{end}", rating.ended),
    ("GET", "/rate/visit/{id}", booked.about_visit),
    ("POST", "/rate/visit/{id}", booked.submit),
    ("GET", "/rate/visit/{id}/{end}", rating.ended),
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
