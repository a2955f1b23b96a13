import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const ROOT = path.join(__dirname, "..", "..");

/** A program that registers this many ConfigMaps and nothing else: the least that a preview of as many objects costs. */
export function writeBareProgram(configMaps: number): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-bare-"));
  const write = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text);
  fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
  fs.copyFileSync(path.join(ROOT, "tsconfig.json"), path.join(folder, "tsconfig.json"));
  fs.copyFileSync(path.join(ROOT, "package.json"), path.join(folder, "package.json"));
  write("Pulumi.yaml", "name: bare\nmain: index.ts\nruntime: nodejs\n");
  write("Pulumi.dev.yaml", "config: {}\n");
  write(
    "index.ts",
    `import * as k8s from "@pulumi/kubernetes";
const provider = new k8s.Provider("kubernetes", {});
for (let i = 0; i < ${configMaps}; i++)
  new k8s.core.v1.ConfigMap(\`bare-\${i}\`, { metadata: { name: \`bare-\${i}\`, namespace: "default" }, data: { i: String(i) } }, { provider });
`,
  );
  return folder;
}
