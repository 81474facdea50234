// Quiet proof of work (ALTCHA's challenge, checked on the server by django-altcha). The form works without it:
// a message without proof only meets a narrower limit per hour. Needs a secure context (https or localhost).
const field = document.querySelector("input[name=altcha]");
const url = document.querySelector("form[data-challenge]")?.dataset.challenge;

async function prove() {
  const started = Date.now();
  const { algorithm, challenge, max_number, salt, signature } = await (await fetch(url)).json();
  const encoder = new TextEncoder();
  for (let number = 0; number <= max_number; number++) {
    const bytes = new Uint8Array(await crypto.subtle.digest(algorithm, encoder.encode(salt + number)));
    if (Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") === challenge) {
      field.value = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature, took: Date.now() - started }));
      return;
    }
  }
}

if (field && url && window.crypto?.subtle) {
  field.form.addEventListener("focusin", () => prove().catch(() => {}), { once: true });
}
