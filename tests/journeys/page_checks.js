// What every page must hold, measured in the page itself. Returns a list of short complaints; empty is good.
({ touch, font, line }) => {
  const found = new Set();
  const root = document.documentElement;
  const visible = (el) => el.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    el.getClientRects().length > 0 && el.getBoundingClientRect().right > 0;
  const name = (el) => {
    const words = (el.getAttribute("aria-label") || el.innerText || el.name || el.alt || "").trim().slice(0, 16);
    const kind = el.className && typeof el.className === "string" ? `.${el.className.trim().replace(/\s+/g, ".")}` : "";
    return `<${el.tagName.toLowerCase()}${kind}> “${words}”`;
  };

  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.body.querySelectorAll("*")].filter((el) => visible(el) &&
      el.getBoundingClientRect().right > root.clientWidth + 1 && !el.closest(".scroll, .menu, .tabs"));
    found.add(`page is ${root.scrollWidth} px wide: ${wide.slice(-1).map(name)}`);
  }

  // A link inside a sentence is as high as its line; everything else is something to press.
  const inSentence = (el) => el.tagName === "A" && getComputedStyle(el).display === "inline" &&
    el.parentElement.innerText.trim().length > el.innerText.trim().length;
  const press = "a[href], button, summary, select, textarea, input:not([type=hidden])";
  for (const el of document.body.querySelectorAll(press)) {
    if (!visible(el) || inSentence(el) || el.closest(".trap, .skip") || el.matches(".skip")) continue;
    const box = (el.matches("[type=checkbox], [type=radio]") && el.closest("label") || el).getBoundingClientRect();
    if (box.height < touch - 0.5 || box.width < touch - 0.5)
      found.add(`${name(el)} is ${Math.round(box.width)} x ${Math.round(box.height)} px, less than ${touch}`);
  }

  for (const el of document.body.querySelectorAll("input:not([type=hidden], [type=submit]), select, textarea"))
    if (!el.closest(".trap") && !(el.labels && [...el.labels].some((label) => label.textContent.trim())) && !el.getAttribute("aria-label"))
      found.add(`${name(el)} has no label`);

  const ids = [...document.querySelectorAll("[id]")].map((el) => el.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.add(`id “${id}” is there twice`);

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, el = text.parentElement;
    if (!text.data.trim() || !visible(el)) continue;
    const style = getComputedStyle(el), picture = el.closest("svg");
    const scale = picture ? el.getScreenCTM().a : 1;
    const size = parseFloat(style.fontSize) * scale;
    if (size < font - 0.1) found.add(`${name(el)} is written in ${size.toFixed(1)} px, less than ${font}`);
    const high = parseFloat(style.lineHeight) / parseFloat(style.fontSize);
    if (!picture && high < line - 0.01 && el.getBoundingClientRect().height > 1.6 * high * size)
      found.add(`${name(el)} has lines ${high.toFixed(2)} high, less than ${line}`);
  }
  return [...found].slice(0, 40);
}
