// Passkeys, where the browser has them. What belongs to them stays hidden without this file: the password does it all.
(() => {
  "use strict";

  // A host that is an address in figures has no name that a passkey could be bound to.
  const named = /[a-z]/.test(location.hostname) && !location.hostname.includes(":");
  if (!window.PublicKeyCredential || !named) return;

  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const bytes = (word) => Uint8Array.from(atob(word.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const listed = (all) => all.map((id) => ({ type: "public-key", id: bytes(id) }));

  // What the vault asks for, with words made bytes.
  const asked = async (form) => {
    const body = new URLSearchParams({ _t: form.elements._t.value });
    const answer = await fetch(form.dataset.ask, { method: "POST", body });
    const type = answer.headers.get("content-type") || "";
    if (!answer.ok || !type.startsWith("application/json")) throw new Error("not asked");
    const ask = await answer.json();
    ask.challenge = bytes(ask.challenge);
    if (ask.user) ask.user.id = bytes(ask.user.id);
    if (ask.excludeCredentials) ask.excludeCredentials = listed(ask.excludeCredentials);
    if (ask.allowCredentials) ask.allowCredentials = listed(ask.allowCredentials);
    return ask;
  };

  const answers = {
    create: async (publicKey) => {
      const made = await navigator.credentials.create({ publicKey });
      return { client_data: made.response.clientDataJSON, attestation: made.response.attestationObject };
    },
    get: async (publicKey) => {
      const used = await navigator.credentials.get({ publicKey });
      return {
        credential: used.rawId,
        client_data: used.response.clientDataJSON,
        authenticator_data: used.response.authenticatorData,
        signature: used.response.signature,
        handle: used.response.userHandle || new ArrayBuffer(0),
      };
    },
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const failed = form.querySelector("[data-failed]");
    form.addEventListener("submit", async (event) => {
      // Where the password would do, too, the button says which of the two it is.
      if ("orPassword" in form.dataset && !event.submitter?.hasAttribute("data-use")) return;
      event.preventDefault();
      if (form.dataset.busy) return;
      form.dataset.busy = "1";
      failed.hidden = true;
      try {
        const answer = await answers[form.dataset.passkey](await asked(form));
        for (const [name, value] of Object.entries(answer)) form.elements[name].value = text(value);
        // Sent as it stands: this listener is not asked again.
        form.submit();
      } catch (error) {
        // Given up by the person, or not possible here: he sees that nothing happened, and what to do.
        failed.hidden = false;
      } finally {
        delete form.dataset.busy;
      }
    });
  }
  for (const part of document.querySelectorAll("[data-with-passkeys]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-without-passkeys]")) part.hidden = true;
})();
