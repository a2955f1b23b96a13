// The project's main has to be JavaScript; the program itself is TypeScript.
require("tsx/cjs");
require("./program.ts").register();
