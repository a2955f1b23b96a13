// Loaded into every Node process of a measured run (NODE_OPTIONS=--require): notes its peak memory when it ends.
const fs = require("node:fs");

process.on("exit", () => {
  const record = { program: process.argv[1] ?? "", kilobytes: process.resourceUsage().maxRSS };
  fs.appendFileSync(process.env.SECURITY_STACK_PEAK_MEMORY, `${JSON.stringify(record)}\n`);
});
