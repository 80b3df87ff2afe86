// A page on which something goes on is asked for again by itself, unless somebody is reading or writing in it. Everything
// works without this file.
(() => {
  "use strict";
  const live = document.querySelector("[data-live]");
  if (!live) return;
  const busy = () => document.hidden
    || document.activeElement.closest("form")
    || document.querySelector("details[open]");
  setInterval(() => { if (!busy()) location.replace(location.pathname); }, 4000);
})();
