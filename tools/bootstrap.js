// The entry of every npm script: `node tools/bootstrap.js <command> [arguments]`. It needs nothing but Node: it installs the
// npm packages when they are absent or out of date, then runs the command's TypeScript file in this very process, so that
// arguments, exit code and signals are the command's own. A command file exports `main(args)` (the number it returns is the
// exit code) or is a plain script.
const { createHash } = require("node:crypto");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const root = path.resolve(__dirname, "..");

/** command: [file, what it does]. */
const commands = {
  start: ["tools/start.ts", "start the embedded cluster and bring up the dev stack on it"],
  stop: ["tools/stop.ts", "stop the embedded cluster (--purge: remove its data and state too)"],
  up: ["tools/up.ts", "pulumi up of the dev stack on the embedded cluster, or of --stack NAME on yours"],
  preview: ["tools/preview.ts", "the same as a preview: what would change"],
  destroy: ["tools/destroy.ts", "the same as a destroy: remove everything the stack made"],
  feature: ["tools/feature.ts", "list the features, or turn one on or off: feature -- falco off"],
  doctor: ["tools/doctor.ts", "say what this machine and the cluster lack"],
  plan: ["tools/plan.ts", "print the plan of the stack (--json)"],
  render: ["tools/render.ts", "write the manifests into rendered/"],
  docs: ["tools/docs/cli.ts", "regenerate the config reference and the JSON Schema"],
  demo: ["tools/demo.ts", "sample logs through the real collectors into a real Elasticsearch"],
  soak: ["tools/soak.ts", "a 5 minute outage under load; every line must be found once"],
  bench: ["tools/bench/cli.ts", "measure the figures of the README"],
  test: ["tools/test/cli.ts", "run the tests, or one rung of them: test -- unit"],
  toolchain: ["tools/toolchain/cli.ts", "fetch or build the tools"],
  "trivy:ship": ["tools/trivy-ship.ts", "bring Trivy's findings to Elasticsearch from this shell, once"],
  "trivy:bundle": ["tools/trivy-bundle.ts", "regenerate the Trivy reporter's one-file program"],
  scenarios: ["tools/scenarios.ts", "attack test pods, or replay attacks, and report what the store has"],
  "scenarios:look": [
    "tools/scenarios/browser.ts",
    "open the scenarios' report in Chromium: errors, requests, accessibility",
  ],
  "policy:list": ["tools/policy/list.ts", "print the policies with severity and framework references"],
  "policy:mutate": ["tools/policy/mutate.ts", "break each policy's condition and see a test fail"],
};

if (require.main === module) main(process.argv.slice(2));

async function main([command, ...args]) {
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  if (command === undefined || command === "--help" || command === "-h" || command === "help") {
    console.log(help());
    process.exitCode = command === undefined ? 1 : 0;
    return;
  }
  const file = commandFile(command);
  checkNode();
  await installPackages();
  await run(file, args);
}

function help() {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, [, summary]]) => `  ${name.padEnd(width)}  ${summary}`);
  return ["Usage: npm run <command> -- [arguments]", "", ...lines].join("\n");
}

function commandFile(command) {
  const entry = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (!entry)
    throw fault(`There is no command "${command}".`, `Use one of: ${Object.keys(commands).join(", ")}.`);
  const file = path.join(root, entry[0]);
  if (!fs.existsSync(file))
    throw fault(`${entry[0]} is not in this checkout.`, "Update the checkout: git status, git pull.");
  return file;
}

function checkNode() {
  if (process.platform === "win32")
    throw fault(
      "The tools do not run on Windows itself.",
      "Run them inside WSL 2 (wsl --install), with Node 22 or 24 there.",
    );
  const wanted = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")).engines.node.replace(
    /[^\d.]/g,
    "",
  );
  const [major = 0, minor = 0] = wanted.split(".").map(Number);
  const [haveMajor, haveMinor] = process.versions.node.split(".").map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  throw fault(
    `Node ${process.versions.node} is too old: at least ${wanted} is needed.`,
    "Install Node 22 or 24, then run the command again.",
  );
}

/** `npm ci` when it is needed, one process at a time. */
async function installPackages() {
  if (packagesAreCurrent()) return;
  const lock = path.join(
    os.tmpdir(),
    `security-stack-install-${createHash("sha256").update(root).digest("hex").slice(0, 16)}`,
  );
  await takeLock(lock);
  try {
    if (!packagesAreCurrent()) await npmCi(lock);
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

async function run(file, args) {
  process.argv = [process.execPath, file, ...args];
  require("tsx/cjs");
  const loaded = require(file);
  if (typeof loaded.main !== "function") return;
  const code = await loaded.main(args);
  if (typeof code === "number") process.exitCode = code;
}

function fault(message, fix) {
  return Object.assign(new Error(message), { fix });
}

/** What went wrong, where and what to do: never a stack trace, unless SECURITY_STACK_DEBUG asks for it. */
function fail(error) {
  const debug = process.env.SECURITY_STACK_DEBUG;
  const message = `Error: ${error?.message ?? error}`;
  const lines = [message];
  for (const part of ["where", "fix"]) {
    if (error?.[part] && !message.includes(error[part]))
      lines.push(`  ${`${part}:`.padEnd(6)} ${error[part]}`);
  }
  if (debug && error?.stack) lines.push(error.stack);
  process.stderr.write(`${lines.join("\n")}\n`);
  process.exit(1);
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

module.exports = { commands, packagesAreCurrent };
