import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json";
import { catalog, toolNamed } from "../../tools/dev/toolchain/all-tools";
import { moduleFolder, requirementsFile } from "../../tools/dev/toolchain/cache";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { sandbox, script } from "./toolchain-support";

describe("toolchain: the catalog", () => {
  for (const tool of catalog) {
    const { source } = tool;
    it(`${tool.name}: version, date, reason, time and a checksum of its source`, () => {
      assert.match(tool.version, /^\d+\.\d+\.\d+$/);
      assert.match(tool.pinned, /^\d{4}-\d{2}-\d{2}$/);
      assert.ok(tool.why.length > 0 && tool.minutes > 0);
      if (source.kind === "go-program") {
        for (const file of ["go.mod", "go.sum"])
          assert.ok(existsSync(join(moduleFolder(source.module), file)));
        const main = join(source.package, "main.go");
        const copied = source.embed?.some((file) => file.to === main);
        if (source.package.startsWith(".") && !copied)
          assert.ok(existsSync(join(moduleFolder(source.module), main)));
      }
      if (source.kind === "go-module-folder") assert.match(source.sum, /^h1:.{43}=$/);
      if (source.kind === "python-packages") {
        const lines = readFileSync(requirementsFile(source.requirements), "utf8").trim();
        const packages = lines.replaceAll(/ \\\n\s+/g, " ").split("\n");
        for (const line of packages) assert.match(line, /^[\w.-]+==[\w.]+( --hash=sha256:[0-9a-f]{64})+$/);
      }
      if (source.kind === "go-program" && source.cut) assert.match(source.cut.sum, /^h1:.{43}=$/);
      if (source.kind === "python-wheel") assert.match(source.sha256, /^[0-9a-f]{64}$/);
      if (source.kind === "maven-jars") assert.match(source.sha256, /^[0-9a-f]{64}$/);
      if (source.kind === "maven-zip") assert.match(source.sha256, /^[0-9a-f]{64}$/);
    });

    if (!tool.download) continue;
    const { download } = tool;
    it(`${tool.name}: an official release with the vendor's checksum file`, () => {
      assert.match(download.url, /^https:\/\//);
      assert.match(download.checksums, /^https:\/\//);
      assert.ok(download.platforms["linux-x64"]);
      assert.equal(new URL(download.url).host, new URL(download.checksums).host);
    });
  }

  it("compiles once what the collector has in common with the core module", () => {
    const required = (name: string) =>
      new Map(
        [...readFileSync(join(moduleFolder(name), "go.mod"), "utf8").matchAll(/^\t(\S+) (v\S+)/gm)].map(
          ([, module, version]) => [module, version] as const,
        ),
      );
    const core = required("core");
    const common = [...required("otelcol-contrib")].filter(([module]) => core.has(module));
    assert.ok(common.length > 100);
    for (const [module, version] of common) assert.equal(version, core.get(module), module);
  });

  it("builds what its own version says", () => {
    const modules = (name: string) => readFileSync(join(moduleFolder(name), "go.mod"), "utf8");
    assert.ok(modules("core").includes(`k8s.io/kubernetes v${toolNamed("kubectl").version}`));
    assert.ok(modules("core").includes(`go.etcd.io/etcd/server/v3 v${toolNamed("etcd").version}`));
    assert.ok(modules("core").includes(`pulumi/pkg/v3 v${toolNamed("pulumi").version}`));
    assert.ok(modules("pulumi-gen-nodejs").includes(`pulumi/pkg/v3 v${toolNamed("pulumi").version}`));
    assert.ok(
      modules("otelcol-contrib").includes(
        `go.opentelemetry.io/collector/otelcol v${toolNamed("otelcol-contrib").version}`,
      ),
    );
    assert.ok(modules("kwok").includes(`sigs.k8s.io/kwok v${toolNamed("kwok").version}`));
    assert.ok(modules("coredns").includes(`coredns/coredns v${toolNamed("coredns").version}`));
    for (const name of ["eck-operator", "eck-operator-before"] as const)
      assert.ok(modules(name).includes(`cloud-on-k8s/v3 v${toolNamed(name).version}`));
    assert.ok(
      modules("alertmanager").includes(`prometheus/alertmanager v${toolNamed("alertmanager").version}`),
    );
    assert.ok(modules("trivy").includes(`aquasecurity/trivy v${toolNamed("trivy").version}`));
  });

  it("has the providers of the SDKs in package.json", () => {
    for (const name of ["kubernetes", "aws"] as const)
      assert.equal(toolNamed(`pulumi-resource-${name}`).version, packageJson.dependencies[`@pulumi/${name}`]);
  });

  it("gives each asked tool its path, and fetches nothing that is on PATH", async () => {
    const box = sandbox();
    try {
      const etcd = script(join(box.root, "bin", "etcd"), `echo "etcd Version: ${toolNamed("etcd").version}"`);
      assert.deepEqual(await ensureTools(["etcd"], box.settings), { etcd });
      assert.deepEqual(box.lines, []);
    } finally {
      box.remove();
    }
  });
});
