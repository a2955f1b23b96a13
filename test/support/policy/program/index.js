// The project's main has to be JavaScript; the program itself is TypeScript.
require("../../../../tools/typescript-loader");
require("./program.ts").register();
