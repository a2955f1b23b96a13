// Once it is loaded, `require` takes TypeScript files as CommonJS modules, each text compiled once: the results are kept below node_modules/.cache. sucrase
// drops the types and leaves every line where it was, so stack traces are right without a source map. It does not check
// types: that is `npm run test:static`. A command starts in a third of the time that it takes with tsx.
const { createHash, randomUUID } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { version } = require("sucrase/package.json");

const CACHE = path.join(__dirname, "..", "node_modules", ".cache", "security-stack");
const FOLDER = path.join(CACHE, "typescript");
/** Of a digest, in hexadecimal. */
const STAMP_LENGTH = 64;
const OPTIONS = {
  transforms: ["typescript", "imports"],
  disableESTransforms: true,
  preserveDynamicImport: true,
};
const COMPILER = JSON.stringify([version, OPTIONS]);

// What V8 makes of packages and of our files is kept too, by Node 22.1 and newer: a third of the time to load them.
Module.enableCompileCache?.(path.join(CACHE, "v8"));
Module._extensions[".ts"] = (module, file) => module._compile(compiled(file), file);

/**
 * The file's JavaScript: kept from an earlier run where this very compiler made it of this very text, in whatever checkout,
 * else made now.
 * @param folder Where results are kept.
 */
function compiled(file, folder = FOLDER) {
  const text = fs.readFileSync(file, "utf8");
  const source = digest(COMPILER, text);
  const copy = path.join(folder, source);
  const kept = read(copy);
  const stamped = (code) => digest(source, code) + code;
  const code = kept?.slice(STAMP_LENGTH);
  if (code !== undefined && kept === stamped(code)) return code;
  const { transform } = require("sucrase");
  const made = transform(text, { ...OPTIONS, filePath: file }).code;
  write(copy, stamped(made));
  return made;
}

function digest(...parts) {
  return createHash("sha256").update(parts.join("\0")).digest("hex");
}

function read(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** Whole or not at all, since previews run beside each other. Where nothing can be written, each compiles for itself. */
function write(file, text) {
  const draft = `${file}.${randomUUID()}`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(draft, text);
    fs.renameSync(draft, file);
  } catch {
    if (fs.existsSync(draft)) fs.rmSync(draft);
  }
}

module.exports = { compiled };
