import * as fs from "node:fs";
import * as path from "node:path";
import { build, type Plugin } from "esbuild";

const ROOT = path.join(__dirname, "..", "..", "..");

/** The folder that `--policy-pack` is given. */
export const PACK_FOLDER = path.join(ROOT, "policy-pack");

/** What stays outside of the bundle: the runner that starts the pack has loaded it already. */
export const EXTERNAL = ["@pulumi/pulumi/*", "@grpc/grpc-js", "google-protobuf/*"];

/**
 * Compiles the pack into one file, `policy-pack/bin/index.js`, some 50 ms: always, since asking whether it is
 * stale would take as long. Types are checked with the rest of the code, not here.
 */
export async function compilePolicyPack(): Promise<void> {
  const result = await build({
    entryPoints: [path.join(PACK_FOLDER, "index.ts")],
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    external: EXTERNAL,
    plugins: [PARTS_OF_PULUMI],
    write: false,
    logLevel: "silent",
  });
  writeIfChanged(path.join(PACK_FOLDER, "bin", "index.js"), result.outputFiles[0]!.contents);
}

/**
 * @pulumi/policy 1.21 takes two things of the Pulumi SDK, and loads all of it for them, the Automation API
 * included: 0.4 s of every preview.
 */
export const PARTS_OF_PULUMI: Plugin = {
  name: "parts-of-pulumi",
  setup(bundler) {
    bundler.onResolve({ filter: /^@pulumi\/pulumi$/ }, () => ({ path: "parts", namespace: "pulumi" }));
    bundler.onLoad({ filter: /.*/, namespace: "pulumi" }, () => ({
      contents: `exports.asset = require("@pulumi/pulumi/asset"); exports.Output = require("@pulumi/pulumi/output").Output;`,
      loader: "js",
      resolveDir: ROOT,
    }));
  },
};

// In one step: another preview may be reading the file.
function writeIfChanged(file: string, contents: Uint8Array): void {
  if (fs.existsSync(file) && fs.readFileSync(file).equals(contents)) return;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const next = `${file}.${process.pid}`;
  fs.writeFileSync(next, contents);
  fs.renameSync(next, file);
}
