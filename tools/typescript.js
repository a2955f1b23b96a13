// `node --require` of this file, or mocha's, takes TypeScript files from then on.
require("./typescript-loader").register();
