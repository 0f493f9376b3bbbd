/** Creates the page: one document, without a framework. It inserts all data as text, never as HTML. */
export function renderPage(nonce: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Zitadel emulator</title>
<style nonce="${nonce}">${STYLE}</style>
<header>
  <h1>Zitadel emulator</h1>
  <p><time id="clock"></time> <span id="state" role="status"></span></p>
  <nav aria-label="Actions">
    <button data-action="expireTokens">Expire access tokens</button>
    <button data-action="revokeTokens">Revoke access tokens</button>
    <button data-action="advanceHour">Clock + 1 h</button>
    <button data-action="advanceDay">Clock + 1 day</button>
    <button data-action="failNext">Fail the next request</button>
    <button data-action="cutConnections">Cut connections</button>
    <button data-action="forget">Clear requests</button>
    <button data-action="reset">Reset</button>
  </nav>
</header>
<main>
  <section aria-labelledby="requests-title">
    <h2 id="requests-title">Requests</h2>
    <label>Filter <input id="filter" type="search" placeholder="user.v2, NotFound, a caller"></label>
    <div id="requests"></div>
  </section>
  <section aria-labelledby="objects-title">
    <h2 id="objects-title">What there is</h2>
    <div id="objects"></div>
  </section>
</main>
<script nonce="${nonce}">${SCRIPT}</script>
</html>
`;
}

const STYLE = `
  :root { color-scheme: light dark; --line: light-dark(#d5d8dd, #3a3f47); --soft: light-dark(#f4f5f7, #22262c);
    --bad: light-dark(#b3261e, #ff8a80); --good: light-dark(#146c2e, #7bd88f); --focus: light-dark(#1a56db, #8ab4f8); }
  * { box-sizing: border-box; }
  body { margin: 0; font: 14px/1.45 system-ui, sans-serif; background: light-dark(#fff, #16191d); color: light-dark(#1b1e23, #e4e6ea); }
  header { position: sticky; top: 0; z-index: 1; padding: .75rem 1rem; background: var(--soft); border-bottom: 1px solid var(--line); }
  h1 { display: inline; margin: 0 1rem 0 0; font-size: 1.1rem; } header p { display: inline; }
  h2 { margin: 0 0 .5rem; font-size: 1rem; } h3 { margin: 1rem 0 .25rem; font-size: .9rem; }
  nav { display: flex; flex-wrap: wrap; gap: .4rem; margin-top: .6rem; }
  button { font: inherit; padding: .25rem .7rem; border: 1px solid var(--line); border-radius: .35rem; background: light-dark(#fff, #2b3038); color: inherit; cursor: pointer; }
  :focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }
  main { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 1.5rem; padding: 1rem; }
  @media (max-width: 60rem) { main { grid-template-columns: minmax(0, 1fr); } }
  input { font: inherit; padding: .2rem .4rem; width: 20rem; max-width: 100%; }
  details { border-bottom: 1px solid var(--line); } summary { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr) 7rem 4.5rem 7rem; gap: .5rem; padding: .3rem .2rem; cursor: pointer; }
  summary > * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .bad { color: var(--bad); } .good { color: var(--good); } .dim { opacity: .7; }
  pre { margin: .25rem 0 .75rem; padding: .5rem; overflow: auto; max-height: 24rem; background: var(--soft); border-radius: .35rem; font-size: 12px; }
  table { width: 100%; border-collapse: collapse; } th, td { padding: .2rem .4rem; text-align: left; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }`;

const SCRIPT = `
  const $ = (id) => document.getElementById(id);
  const element = (name, text, className) => {
    const one = document.createElement(name);
    if (text !== undefined) one.textContent = text;
    if (className !== undefined) one.className = className;
    return one;
  };
  const shown = new Map();
  let before = {};

  function showRequest(exchange) {
    const row = shown.get(exchange.number) ?? document.createElement("details");
    const version = JSON.stringify(exchange);
    if (row.version === version) return row;
    row.version = version;
    row.text = (exchange.what + " " + exchange.status + " " + exchange.caller).toLowerCase();
    const summary = element("summary");
    summary.append(
      element("span", new Date(exchange.at).toLocaleTimeString(), "dim"),
      element("span", exchange.what),
      element("span", exchange.caller),
      element("span", exchange.protocol, "dim"),
      element("span", exchange.status, exchange.failed ? "bad" : "good"),
    );
    row.replaceChildren(summary);
    for (const part of ["request", "response"]) {
      if (exchange[part] === undefined) continue;
      row.append(element("h3", part), element("pre", typeof exchange[part] === "string" ? exchange[part] : JSON.stringify(exchange[part], null, 2)));
    }
    shown.set(exchange.number, row);
    return row;
  }

  function showObjects(objects) {
    return Object.entries(objects).flatMap(([name, rows]) => {
      const title = element("h3", name + " (" + rows.length + ")");
      if (rows.length === 0) return [title];
      const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
      const table = element("table");
      const head = table.createTHead().insertRow();
      for (const column of columns) head.append(element("th", column));
      const body = table.createTBody();
      for (const row of rows) {
        const line = body.insertRow();
        for (const column of columns) line.insertCell().textContent = row[column] ?? "";
      }
      return [title, table];
    });
  }

  function filter() {
    const words = $("filter").value.toLowerCase();
    for (const row of shown.values()) row.hidden = !row.text.includes(words);
  }

  async function refresh() {
    try {
      const { now, exchanges, objects } = await (await fetch("/emulator/data")).json();
      $("clock").textContent = new Date(now).toLocaleString();
      const rows = exchanges.map(showRequest);
      const known = new Set(exchanges.map(({ number }) => number));
      for (const number of shown.keys()) if (!known.has(number)) shown.delete(number);
      const list = $("requests");
      if (list.children.length !== rows.length || list.firstChild !== rows[0]) list.replaceChildren(...rows);
      filter();
      const version = JSON.stringify(objects);
      if (version !== before) $("objects").replaceChildren(...showObjects(objects));
      before = version;
      $("state").textContent = "";
    } catch {
      $("state").textContent = "not reachable";
    }
  }

  async function act(action) {
    await fetch("/emulator/actions", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ action }) });
    await refresh();
  }

  for (const button of document.querySelectorAll("button")) button.addEventListener("click", () => act(button.dataset.action));
  $("filter").addEventListener("input", filter);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== $("filter")) { event.preventDefault(); $("filter").focus(); }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = document.activeElement?.closest("summary");
    if (step === undefined || at === null || at === undefined) return;
    event.preventDefault();
    const all = [...document.querySelectorAll("details:not([hidden]) > summary")];
    all[all.indexOf(at) + step]?.focus();
  });
  (async () => {
    for (;;) {
      if (!document.hidden) await refresh();
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  })();`;
