// Bundles this folder for the server: node build.mjs <folder with node_modules> <output folder>.
// Writes app.js, charts.js, app.css, mark.svg, each also as .gz, and assets.rs, which embeds them under names that carry their hash.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { onlyBase } from "./tabler_base.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [libraries, out] = process.argv.slice(2).map((path) => resolve(path));
const { build } = createRequire(join(libraries, "package.json"))("esbuild");

await build({
  entryPoints: { app: join(here, "entry.js"), charts: join(here, "charts.js"), style: join(here, "style.css") },
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome90"],
  nodePaths: [join(libraries, "node_modules")],
  legalComments: "none",
  logLevel: "warning",
  plugins: [{
    name: "tabler-base",
    setup(it) {
      it.onLoad({ filter: /tabler\.css$/ }, ({ path }) => ({ contents: onlyBase(readFileSync(path, "utf8")), loader: "css" }));
    },
  }],
});

// The bundles' licences ask to travel with them.
const notice = `/*! Tabler 1.0.0, ECharts 6.1.0 (Apache-2.0), htmx 4.0.1 (0BSD), Tabler Icons; MIT unless said otherwise */\n`;
const served = [
  ["app.js", "text/javascript; charset=utf-8", notice + readFileSync(join(out, "app.js"), "utf8")],
  ["charts.js", "text/javascript; charset=utf-8", notice + readFileSync(join(out, "charts.js"), "utf8")],
  ["app.css", "text/css; charset=utf-8", notice + readFileSync(join(out, "style.css"), "utf8")],
  ["mark.svg", "image/svg+xml", readFileSync(join(here, "mark.svg"), "utf8")],
].map(([name, kind, text]) => {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  writeFileSync(join(out, name), text);
  writeFileSync(join(out, `${name}.gz`), gzipSync(text, { level: 9 }));
  const [stem, end] = name.split(".");
  return { name, kind, hash, path: `${stem}-${hash}.${end}` };
});

const icons = [...readFileSync(join(here, "icons.svg"), "utf8").matchAll(/<symbol id="([^"]+)">(.*)<\/symbol>/g)]
  .map(([, name, inner]) => [name, inner]).sort(([a], [b]) => (a < b ? -1 : 1));

const constant = (name) => name.replace(".", "_").toUpperCase();
writeFileSync(join(out, "assets.rs"), `// Written by web/build.mjs.
/// Every file that browsers may ask for under \`/assets/\`.
pub static ASSETS: &[Asset] = &[
${served.map(({ name, kind, hash, path }) => `    Asset { path: "${path}", kind: "${kind}", etag: "\\"${hash}\\"", plain: include_bytes!(concat!(env!("OUT_DIR"), "/${name}")), gzip: include_bytes!(concat!(env!("OUT_DIR"), "/${name}.gz")) },`).join("\n")}
];
${served.map(({ name, path }) => `/// Where \`${name}\` of this build is found.\npub const ${constant(name)}: &str = "/assets/${path}";`).join("\n")}
/// The inner elements of every icon, sorted by name.
pub static ICONS: &[(&str, &str)] = &[
${icons.map(([name, inner]) => `    ("${name}", r##"${inner}"##),`).join("\n")}
];
`);
