// Of Tabler's 550 KB this product takes the base: how bare elements look and the variables that this needs.
// Every component class is our own (style/), so that a page has one vocabulary and an old machine little to read.

/** Rules of \`css\` whose selectors name no class, id or attribute value of Bootstrap, and the variables they use. */
export function onlyBase(css) {
  const rules = topLevel(css);
  const kept = rules.filter(({ head }) => !head.startsWith("@") && !head.includes("data-bs") && !head.startsWith(":root") && !/[.#]|::?-webkit-(?!inner|outer|search|date|file|color)/.test(head));
  if (kept.length < 40) throw new Error(`only ${kept.length} base rules found: is this still Tabler 1.0.0?`);
  const needed = new Set();
  const need = (text) => { for (const [, name] of text.matchAll(/var\((--[\w-]+)/g)) if (!needed.has(name)) { needed.add(name); need(values.get(name) ?? ""); } };
  const values = new Map(rules.filter(({ head }) => head.startsWith(":root") && head.includes("light"))
    .flatMap(({ body }) => body.split(/;\s*\n/)).map((line) => line.match(/^\s*(--[\w-]+):\s*([\s\S]*)$/)).filter(Boolean).map(([, name, value]) => [name, value]));
  kept.forEach(({ body }) => need(body));
  const variables = [...needed].filter((name) => values.has(name)).map((name) => `  ${name}: ${values.get(name)};`);
  return `:root {\n${variables.join("\n")}\n}\n${kept.map(({ head, body }) => `${head} {${body}}`).join("\n")}\n`;
}

function topLevel(css) {
  const rules = [];
  const text = css.replace(/\/\*[\s\S]*?\*\//g, "").replace(/@charset[^;]*;/, "");
  let at = 0;
  while (true) {
    const open = text.indexOf("{", at);
    if (open < 0) return rules;
    let depth = 1, end = open + 1;
    for (; depth > 0; end++) depth += text[end] === "{" ? 1 : text[end] === "}" ? -1 : 0;
    rules.push({ head: text.slice(at, open).trim(), body: text.slice(open + 1, end - 1) });
    at = end;
  }
}
