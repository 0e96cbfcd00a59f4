"""Pages of citizens: services, centres, days and times, holding and confirming, own bookings and limits."""

from gateway.pages.citizen import bookings, cancelling, centres, confirming, holding, moving, quota, services, times

PAGES = [
    *services.PAGES,
    *centres.PAGES,
    *times.PAGES,
    *holding.PAGES,
    *bookings.PAGES,
    *confirming.PAGES,
    *cancelling.PAGES,
    *moving.PAGES,
    *quota.PAGES,
]
