import { join } from "node:path";
import { checkout } from "./cluster/folders";

/** For `node --require`: the process takes TypeScript files as the commands do. */
export const TYPESCRIPT = join(checkout, "tools", "typescript-loader.js");
