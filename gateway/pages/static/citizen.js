// "Near me": asks the device where it is, and the list for the nearest centres first.
"use strict";

function locate() {
  const told = document.querySelector("[data-locate-told]");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      // About a kilometre: enough to sort by, and no more than that leaves the device.
      location.search = new URLSearchParams({ lat: coords.latitude.toFixed(2), lon: coords.longitude.toFixed(2) });
    },
    () => { told.textContent = told.dataset.failed; },
    { timeout: 10000, maximumAge: 600000 },
  );
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-locate]")) locate();
});
