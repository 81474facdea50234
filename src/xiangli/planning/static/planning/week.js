// Moving a session in a space's grid: take it up (click, Space, or drag), choose a cell, hear the verdict, then confirm.
// Nothing is written before the button is pressed. Without this script each session's page does the same.
const grid = document.getElementById("grid");
const form = document.getElementById("move");

if (grid && form) {
  const verdict = document.getElementById("verdict");
  const confirm = document.getElementById("do");
  let held = null; // the link of the session that was taken up
  let aim = null; // the cell it would go to
  let spot = null; // the day and start it would have there
  let asked = 0;

  const starts = [...new Set([...grid.querySelectorAll("td")].map((cell) => Number(cell.dataset.start)))].sort((a, b) => a - b);

  function cellOver({ day, start }) { // the cell that shows this time, which may be inside a longer session
    for (const at of starts.filter((one) => one <= start).reverse()) {
      const cell = grid.querySelector(`td[data-day="${day}"][data-start="${at}"]`);
      if (cell) return cell;
    }
    return null;
  }

  const spotOf = (cell) => ({ day: Number(cell.dataset.day), start: Number(cell.dataset.start) });

  function say(...parts) {
    verdict.replaceChildren(...parts);
  }

  function point(where) {
    if (aim) aim.classList.remove("aim");
    spot = where;
    aim = where && cellOver(where);
    if (aim) aim.classList.add("aim");
  }

  function takeUp(link) {
    letGo();
    held = link;
    held.classList.add("held");
    held.setAttribute("aria-pressed", "true");
    form.hidden = false;
    point(spotOf(link.closest("td")));
    const open = document.createElement("a");
    open.href = link.href;
    open.textContent = "打开这一场";
    say("拿起来了。点要去的格子，或者用方向键选好按回车。", open);
  }

  function letGo() {
    if (held) {
      held.classList.remove("held");
      held.removeAttribute("aria-pressed");
    }
    held = null;
    point(null);
    form.hidden = confirm.hidden = true;
  }

  async function put(where) {
    const mine = ++asked;
    point(where);
    confirm.hidden = true;
    const [, , , , week, specialist] = held.dataset.key.split("~");
    form.elements.session.value = held.dataset.key;
    form.elements.day.value = where.day;
    form.elements.start.value = where.start;
    const body = new URLSearchParams(new FormData(form));
    body.set("try", "1");
    for (const [name, value] of [["week", week], ["specialist", specialist]]) {
      form.querySelector(`[name=${name}]`)?.remove();
      if (!specialist) continue;
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      form.append(field);
      body.set(name, value);
    }
    say("正在核对……");
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      const told = await answer.json();
      if (mine !== asked) return;
      const list = document.createElement("ul");
      for (const reason of told.reasons) {
        const item = document.createElement("li");
        item.textContent = reason;
        list.append(item);
      }
      say(told.ok ? `可以。${told.said}` : "不能这样改：", ...(told.ok ? [] : [list]));
      confirm.hidden = !told.ok;
      if (told.ok) confirm.focus();
    } catch {
      say("没有连上，请再试一次，或打开这一场来改。");
    }
  }

  function step(days, rows) {
    const row = Math.min(starts.length - 1, Math.max(0, starts.indexOf(spot.start) + rows));
    point({ day: Math.min(7, Math.max(1, spot.day + days)), start: starts[row] });
    say(`周${"一二三四五六日"[spot.day - 1]} ${grid.querySelectorAll("tbody th")[row].textContent}`);
  }

  grid.addEventListener("click", (event) => {
    const link = event.target.closest("a.session");
    const cell = event.target.closest("td");
    if (held && cell && cell !== held.closest("td")) {
      event.preventDefault();
      put(spotOf(cell));
    } else if (link && !held && event.detail > 0 && !event.ctrlKey && !event.metaKey) {
      event.preventDefault(); // a mouse or a finger; Enter on the link still opens the session's page
      takeUp(link);
    }
  });

  grid.addEventListener("keydown", (event) => {
    const link = event.target.closest("a.session");
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key === " " && link) {
      event.preventDefault();
      if (held) letGo();
      else takeUp(link);
    } else if (held && moves[event.key]) {
      event.preventDefault();
      step(...moves[event.key]);
    } else if (held && event.key === "Enter") {
      event.preventDefault();
      put(spot);
    } else if (held && event.key === "Escape") {
      letGo();
    }
  });

  grid.querySelectorAll("a.session").forEach((link) => { link.draggable = true; });
  grid.addEventListener("dragstart", (event) => {
    const link = event.target.closest("a.session");
    if (!link) return;
    event.dataTransfer.setData("text/plain", link.dataset.key);
    event.dataTransfer.effectAllowed = "move";
    takeUp(link);
  });
  grid.addEventListener("dragover", (event) => {
    const cell = event.target.closest("td");
    if (!held || !cell) return;
    event.preventDefault();
    point(spotOf(cell));
  });
  grid.addEventListener("drop", (event) => {
    const cell = event.target.closest("td");
    if (!held || !cell) return;
    event.preventDefault();
    put(spotOf(cell));
  });
  document.getElementById("drop").addEventListener("click", letGo);
}
