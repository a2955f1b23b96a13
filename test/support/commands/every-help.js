// Prints what each npm script answers to `--help`, as JSON: all in one process, since most of a command's time is spent on
// loading modules that other commands load too.
const path = require("node:path");
require("../../../tools/typescript-loader");
const { commands } = require("../../../tools/bootstrap");

class Exit extends Error {}

const root = path.join(__dirname, "..", "..", "..");
const write = { stdout: process.stdout.write, stderr: process.stderr.write };

async function helpOf(file) {
  const help = { code: 0, stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"])
    process[stream].write = (text) => {
      help[stream] += text;
      return true;
    };
  process.argv = [process.execPath, file, "--help"];
  try {
    help.code = (await require(path.join(root, file)).main(["--help"])) ?? 0;
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    help.code = Number(error.message);
  } finally {
    for (const stream of ["stdout", "stderr"]) process[stream].write = write[stream];
  }
  return help;
}

async function main() {
  const exit = process.exit;
  process.exit = (code = 0) => {
    throw new Exit(String(code));
  };
  const helps = {};
  for (const [name, [file]] of Object.entries(commands)) helps[name] = await helpOf(file);
  process.exit = exit;
  process.stdout.write(JSON.stringify(helps), () => process.exit(0));
}

main();
