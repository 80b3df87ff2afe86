// A file that is too large is refused on the page where it was chosen, before it is sent. Everything works without this file.
(() => {
  "use strict";
  for (const field of document.querySelectorAll("input[type=file][data-bytes-max]")) {
    const fits = () => {
      const large = [...field.files].some((file) => file.size > Number(field.dataset.bytesMax));
      field.setCustomValidity(large ? field.dataset.tooLarge : "");
      return !large || field.reportValidity();
    };
    field.addEventListener("change", fits);
    field.form.addEventListener("submit", (event) => { if (!fits()) event.preventDefault(); });
  }
})();
