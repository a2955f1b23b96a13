import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

/** What `go build -overlay` reads: a file that seems to be there, and the one that is read instead. */
export interface GoOverlay {
  Replace: Record<string, string>;
}

/**
 * A part of a large Go module as an overlay: the packages that `entry` imports, transitively, of the module at `from`
 * appear below `target`, except for the files that `target` has itself. `target` has the go.mod of the part. Go refuses
 * to replace files of the module cache (`go help build`, -overlay), hence a folder of our own.
 * @param path Import path of the module.
 */
export function overlayOf(path: string, from: string, target: string, entry: string): GoOverlay {
  const packages = new Set<string>();
  const queue = [entry];
  const files = new Map<string, string>();
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (packages.has(name)) continue;
    packages.add(name);
    for (const file of sourcesOf(join(from, name), join(target, name))) {
      files.set(join(target, name, basename(file)), file);
      queue.push(...importsOf(readFileSync(file, "utf8"), path));
    }
  }
  for (const [virtual, file] of files)
    for (const embedded of embeddedBy(file, from))
      files.set(join(dirname(virtual), relative(dirname(file), embedded)), embedded);
  const replaced = [...files].filter(([virtual, file]) => virtual !== file);
  return { Replace: Object.fromEntries(replaced.sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** The Go files of a package; one of the same name below the target is taken instead. */
function sourcesOf(folder: string, own: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".go") && !name.endsWith("_test.go"));
  return names
    .map((name) => (existsSync(join(own, name)) ? join(own, name) : join(folder, name)))
    .filter(
      (file) =>
        !/^\/\/go:build (?!.*!)(.*\b)?(ignore|generate|tools|sweep)\b/m.test(readFileSync(file, "utf8")),
    );
}

function importsOf(source: string, path: string): string[] {
  const block = /^import \(\n([\s\S]*?)\n\)/m.exec(source)?.[1] ?? /^import .*$/m.exec(source)?.[0] ?? "";
  return [...block.matchAll(/"([^"]+)"/g)]
    .map(([, name]) => name ?? "")
    .filter((name) => name === path || name.startsWith(`${path}/`))
    .map((name) => name.slice(path.length + 1));
}

/** Files that a source embeds. */
function embeddedBy(file: string, from: string): string[] {
  const folder = dirname(file);
  const patterns = [...readFileSync(file, "utf8").matchAll(/^\/\/go:embed (.+)$/gm)].flatMap(([, text]) =>
    (text ?? "").trim().split(/\s+/),
  );
  return patterns.flatMap((pattern) => {
    const [before, after] = pattern.split("*/");
    if (after === undefined) return [join(folder, pattern)];
    const base = relative(from, join(folder, before ?? ""));
    return readdirSync(join(from, base))
      .map((name) => join(from, base, name, after))
      .filter((name) => existsSync(name));
  });
}
