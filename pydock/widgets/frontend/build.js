// Builds ../static/terminal.js. Its header names the sources it was made of and the licences of what is inside.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const SOURCES = ["build.js", "package-lock.json", "package.json", "terminal.js"];
const PACKAGES = ["@xterm/xterm", "@xterm/addon-fit"];

process.chdir(import.meta.dirname);
const hash = createHash("sha256");
for (const name of SOURCES) hash.update(readFileSync(name));

const read = (name, file) => readFileSync(`node_modules/${name}/${file}`, "utf8").trim();
const licences = PACKAGES.map((name) => {
  const { version, license } = JSON.parse(read(name, "package.json"));
  return `${name} ${version} (${license})\n\n${read(name, "LICENSE")}`;
}).join("\n\n");

await build({
  entryPoints: ["terminal.js"],
  outfile: "../static/terminal.js",
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  loader: { ".css": "text" },
  banner: { js: `/*! pydock's terminal. Sources: sha256 ${hash.digest("hex")}\n\n${licences}\n*/` },
});
writeFileSync("../static/THIRD_PARTY.txt", `static/terminal.js contains\n\n${licences}\n`);
