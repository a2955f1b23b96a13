// What `main` of Pulumi.yaml names: it loads index.ts, the program, without ts-node. Half of a small stack's preview was the
// compiling of files that had not changed and the mapping of the stack trace that Pulumi keeps of each promise.
require("./tools/typescript-loader");
module.exports = require("./index.ts");
