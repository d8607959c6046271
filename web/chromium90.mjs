// Unpacks Chromium 90 (npm package chrome-aws-lambda, in web/test) and says how to start it:
//   (cd <somewhere> && cp …/web/test/package*.json . && npm ci --ignore-scripts)
//   node web/chromium90.mjs <that folder>/node_modules <folder to unpack into> [arguments for the browser …]
// With arguments it runs the browser with them; without, it prints the command. web/test/main_pages.mjs imports it.
import { spawnSync } from "node:child_process";
import { chmodSync, createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createBrotliDecompress } from "node:zlib";

/** The browser's path, environment and the arguments that it always needs. */
export async function chromium90(from, into) {
  const packed = join(resolve(from), "chrome-aws-lambda", "bin");
  const folder = resolve(into);
  const browser = join(folder, "chromium");
  if (!existsSync(browser)) {
    mkdirSync(folder, { recursive: true });
    for (const name of ["aws.tar", "swiftshader.tar", "chromium"]) {
      const to = join(folder, `${name}.part`);
      await pipeline(createReadStream(join(packed, `${name}.br`)), createBrotliDecompress(), createWriteStream(to));
      if (name === "chromium") { chmodSync(to, 0o755); renameSync(to, browser); continue; }
      const place = name === "swiftshader.tar" ? join(folder, "swiftshader") : folder;
      mkdirSync(place, { recursive: true });
      spawnSync("tar", ["-xf", to, "-C", place], { stdio: "inherit" });
      rmSync(to);
    }
  }
  // The libraries that the browser was built beside; fonts are this machine's.
  const libraries = [join(folder, "lib"), join(folder, "aws", "lib"), folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  const always = ["--headless", "--no-sandbox", "--disable-gpu", "--single-process", "--no-zygote", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return { browser, env: { ...process.env, LD_LIBRARY_PATH: libraries }, always };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [from, into, ...given] = process.argv.slice(2);
  if (!from || !into) { console.error("node chromium90.mjs <node_modules> <folder> [browser arguments]"); process.exit(2); }
  const { browser, env, always } = await chromium90(from, into);
  if (!given.length) console.log(`LD_LIBRARY_PATH=${env.LD_LIBRARY_PATH} ${browser} ${always.join(" ")}`);
  else process.exit(spawnSync(browser, [...always, ...given], { env, stdio: "inherit" }).status ?? 1);
}
