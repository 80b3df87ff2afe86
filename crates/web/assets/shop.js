// What makes the shop a little more comfortable where scripts run. Everything works without this file.
(() => {
  "use strict";

  // The address for a postcode, without sending the form. `data-fill` holds the prefix of the fields' names.
  for (const button of document.querySelectorAll("button[data-fill]")) {
    const prefix = button.dataset.fill;
    const field = (name) => document.getElementById(prefix + name);
    const fill = async () => {
      const code = field("postcode").value.normalize("NFKC").replace(/[^0-9]/g, "");
      if (code.length !== 7) return false;
      const answer = await fetch("/postcode?code=" + code, { credentials: "omit" });
      if (!answer.ok) return false;
      const place = await answer.json();
      if (!place.prefecture) return false;
      field("prefecture").value = place.prefecture;
      field("city").value = place.city + place.town;
      field("street").focus();
      return true;
    };
    button.addEventListener("click", (event) => {
      event.preventDefault();
      // Where it cannot be done here, the form is sent and the server says why.
      const send = () => {
        const go = document.createElement("input");
        go.type = "hidden";
        go.name = "go";
        go.value = "postcode";
        button.form.append(go);
        button.form.submit();
      };
      fill().then((done) => done || send(), send);
    });
  }

  // A reading in hiragana becomes katakana when the field is left.
  for (const name of ["kana", "to_kana"]) {
    const field = document.getElementById(name);
    if (field) field.addEventListener("change", () => {
      field.value = field.value.normalize("NFKC")
        .replace(/[\u3041-\u3096]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0x60));
    });
  }

  // What went wrong is read first.
  const errors = document.getElementById("errors");
  if (errors) errors.focus();

  // One order, however often the button is pressed.
  for (const form of document.querySelectorAll('form[action="/checkout/place"], form[action$="/pay"]')) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
    });
  }
  // Back from another page, the button works again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
})();
