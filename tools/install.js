// What makes node_modules ready, in plain JavaScript and with nothing but Node, since it is what runs before the packages are there.
const { createHash } = require("node:crypto");
const { spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const root = path.resolve(__dirname, "..");
const sdk = path.join(root, "sdks", "elasticstack");

/** `npm ci` and the compiler when they are needed, one process at a time. */
async function installPackages() {
  if (packagesAreCurrent() && sdkIsCompiled()) return;
  const lock = path.join(
    os.tmpdir(),
    `security-stack-install-${createHash("sha256").update(root).digest("hex").slice(0, 16)}`,
  );
  await takeLock(lock);
  try {
    if (!packagesAreCurrent()) await npmCi(lock);
    if (!sdkIsCompiled()) compileSdk(lock);
  } finally {
    fs.rmSync(lock, { recursive: true, force: true });
  }
}

/**
 * npm writes what it installed into node_modules/.package-lock.json, at the very end: that is the stamp. An install that was
 * cut off has none, and a changed package-lock.json differs from it.
 */
function packagesAreCurrent() {
  const installedFile = path.join(root, "node_modules", ".package-lock.json");
  if (!fs.existsSync(installedFile)) return false;
  const installed = JSON.parse(fs.readFileSync(installedFile, "utf8")).packages;
  const wanted = JSON.parse(fs.readFileSync(path.join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(wanted).every(
    ([name, entry]) =>
      !name.startsWith("node_modules/") ||
      entry.link ||
      (installed[name] ? installed[name].version === entry.version : entry.optional || entry.devOptional),
  );
}

/**
 * @pulumi/elasticstack is committed as TypeScript, as Pulumi generates it, and loaded as JavaScript. Its install script compiles
 * it and copies its package.json beside the result at the very end: that is the stamp.
 */
function sdkIsCompiled() {
  const stamp = fs.statSync(path.join(sdk, "bin", "package.json"), { throwIfNoEntry: false });
  if (!stamp) return false;
  const sources = fs.readdirSync(sdk, { withFileTypes: true, recursive: true });
  return sources.every(
    (entry) =>
      !/\.(ts|json)$/.test(entry.name) ||
      /^(bin|node_modules)(\/|$)/.test(path.relative(sdk, entry.parentPath)) ||
      fs.statSync(path.join(entry.parentPath, entry.name)).mtimeMs <= stamp.mtimeMs,
  );
}

function compileSdk(lock) {
  fs.writeFileSync(path.join(lock, "pid"), String(process.pid));
  say("Compiling @pulumi/elasticstack (once, some seconds) ...");
  const search = `${path.join(root, "node_modules", ".bin")}${path.delimiter}${process.env.PATH ?? ""}`;
  const { status, stderr } = spawnSync(process.execPath, ["scripts/postinstall.js"], {
    cwd: sdk,
    encoding: "utf8",
    env: { ...process.env, PATH: search },
  });
  if (status !== 0)
    throw fault(
      `@pulumi/elasticstack could not be compiled:\n${stderr}`,
      "Take sdks/ back with git, or run npm run sdk:elasticstack.",
    );
}

async function takeLock(lock) {
  for (let waited = 0; ; waited += 1) {
    try {
      fs.mkdirSync(lock);
      fs.writeFileSync(path.join(lock, "pid"), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (waited % 50 === 5)
      say("Another run is installing the npm packages of this checkout: waiting for it.");
    if (holderIsGone(lock)) fs.rmSync(lock, { recursive: true, force: true });
    else await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function holderIsGone(lock) {
  try {
    const pid = Number(fs.readFileSync(path.join(lock, "pid"), "utf8"));
    if (pid > 0) process.kill(pid, 0);
    // A pid can come back as another program's; no install takes this long.
    return ageOf(lock) > 30 * 60_000;
  } catch (error) {
    // No pid yet: its maker is between the two lines above, or died there.
    return error.code === "ESRCH" || (error.code === "ENOENT" && ageOf(lock) > 2_000);
  }
}

function ageOf(file) {
  return Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}

/**
 * Install scripts are not needed by any package here, so none is run. npm's own process holds the lock from here on: should
 * this one be killed, npm goes on, and the next run waits for it.
 */
function npmCi(lock) {
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  say("Installing the npm packages (npm ci; once, about a minute) ...");
  const cli = process.env.npm_execpath?.endsWith("npm-cli.js")
    ? [process.execPath, process.env.npm_execpath]
    : ["npm"];
  const args = [...cli.slice(1), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const logFile = path.join(lock, "npm.log");
  const log = fs.openSync(logFile, "w");
  const child = spawn(cli[0], args, { cwd: root, stdio: ["ignore", log, log] });
  fs.closeSync(log);
  if (child.pid) fs.writeFileSync(path.join(lock, "pid"), String(child.pid));
  const ticker = setInterval(() => say(`  still installing, ${seconds()} s`), 10_000);
  const forward = (signal) => child.kill(signal);
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.on("error", (error) =>
      reject(fault(`npm could not be started: ${error.message}`, "Install Node together with npm.")),
    );
    child.on("close", (code) => {
      clearInterval(ticker);
      for (const signal of ["SIGINT", "SIGTERM"]) process.off(signal, forward);
      if (code !== 0) return reject(npmFault(fs.readFileSync(logFile, "utf8")));
      say(`Installed in ${seconds()} s.`);
      resolve();
    });
  });
}

/** npm's own words, without the usage that it adds. */
function npmFault(output) {
  const lines = output.split("\n").map((line) => line.replace(/^npm (error|ERR!) ?/, "    "));
  const usage = lines.findIndex((line) => /Clean install a project|A complete log of this run/.test(line));
  const told = (usage < 0 ? lines : lines.slice(0, usage)).filter((line) => line.trim() !== "").slice(0, 15);
  return fault(
    `npm ci failed:\n${told.join("\n")}`,
    "Check the network and the npm registry, then run the command again.",
  );
}

function fault(message, fix) {
  return Object.assign(new Error(message), { fix });
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

module.exports = { fault, installPackages, packagesAreCurrent, sdkIsCompiled };
