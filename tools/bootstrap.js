// The entry of every npm script: `node tools/bootstrap.js <command> [arguments]`. It needs nothing but Node: it installs the
// npm packages when they are absent or out of date (install.js), then runs the command's TypeScript file in this very process, so that
// arguments, exit code and signals are the command's own. A command file exports `main(args)` (the number it returns is the
// exit code).
const fs = require("node:fs");
const path = require("node:path");
const { fault, installPackages } = require("./install.js");

const root = path.resolve(__dirname, "..");

/** command: [file, what it does]. */
const commands = {
  start: ["tools/cli/start.ts", "start the embedded cluster and bring up the dev stack on it"],
  stop: ["tools/cli/stop.ts", "stop the embedded cluster (--purge: remove its data and state too)"],
  up: ["tools/cli/up.ts", "pulumi up of the dev stack on the embedded cluster, or of --stack NAME on yours"],
  preview: ["tools/cli/preview.ts", "preview an up: what would change"],
  destroy: ["tools/cli/destroy.ts", "remove everything that the stack created"],
  feature: ["tools/cli/feature.ts", "list the features, or turn one on or off: feature -- falco off"],
  rotate: ["tools/cli/rotate.ts", "request new Elasticsearch credentials, which the next up creates"],
  drift: ["tools/cli/drift.ts", "name what differs in the cluster from what the last update left"],
  compliance: [
    "tools/cli/compliance.ts",
    "write what a stack supports of security standards, as a page and as OSCAL",
  ],
  notify: ["tools/cli/notify.ts", "send a test message to each receiver of the notifications"],
  response: ["tools/cli/response.ts", "list what is done about alerts; approve, reject, release, stop"],
  "cluster:adopt": [
    "tools/cli/adopt-cluster.ts",
    "put an EKS cluster that an interrupted update made into the stack's state",
  ],
  doctor: ["tools/cli/doctor.ts", "report what this machine and the cluster lack"],
  plan: ["tools/cli/plan.ts", "print the plan of the stack (--json)"],
  render: ["tools/cli/render.ts", "write the manifests into rendered/"],
  docs: ["tools/generate/docs.ts", "regenerate the config reference and the JSON Schema"],
  "docs:dashboards": [
    "tools/generate/dashboards/draw-dashboards.ts",
    "draw the dashboards from their definitions into docs/images",
  ],
  demo: ["tools/cli/demo.ts", "send sample logs through the real collectors into a real Elasticsearch"],
  soak: ["tools/bench/soak.ts", "run a 5 minute outage under load; every line must be found once"],
  bench: ["tools/bench/bench.ts", "measure the figures of docs/figures.md"],
  test: ["tools/dev/test/run-tests.ts", "run the tests, or one rung of them: test -- unit"],
  toolchain: ["tools/dev/toolchain/toolchain-command.ts", "fetch or build the tools"],
  "falco:validate": [
    "tools/cli/falco-validate.ts",
    "have the pinned Falco load a stack's rules, in Docker, without a kernel probe",
  ],
  "trivy:ship": ["tools/cli/trivy-ship.ts", "send Trivy's findings to Elasticsearch from this shell, once"],
  ocsf: ["tools/cli/ocsf.ts", "write documents as events of OCSF, and validate them"],
  correlate: [
    "tools/cli/correlate.ts",
    "look for chains of events in Elasticsearch, and for what nearly was one",
  ],
  "collector:build-list": [
    "tools/generate/collector-build.ts",
    "regenerate the collector's build list for the pinned version",
  ],
  scenarios: [
    "tools/cli/scenarios.ts",
    "attack test pods, or replay attacks, and report what Elasticsearch has of them",
  ],
  "scenarios:look": [
    "tools/cli/scenarios-look.ts",
    "open the scenarios' report in Chromium: errors, requests, accessibility",
  ],
  "sdk:elasticstack": [
    "tools/generate/sdk/elasticstack-sdk.ts",
    "regenerate sdks/elasticstack from the Elastic provider",
  ],
  "policy:list": ["tools/cli/policy-list.ts", "print the policies with severity and framework references"],
  "policy:check": [
    "tools/cli/policy-check.ts",
    "check Kubernetes manifests against the policies, without Pulumi",
  ],
  "policy:mutate": [
    "tools/dev/policy/mutate.ts",
    "break each policy's conditions and check that a test fails",
  ],
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

async function run(file, args) {
  process.argv = [process.execPath, file, ...args];
  require("./typescript-loader");
  const loaded = require(file);
  const code = await loaded.main(args);
  if (typeof code === "number") process.exitCode = code;
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

module.exports = { commands };
