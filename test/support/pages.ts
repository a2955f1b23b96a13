import * as fs from "node:fs";
import * as path from "node:path";

export const ROOT = path.join(__dirname, "..", "..");

/** Pages of the checkout, relative to it: those that people write and those that are generated. */
export function pages(folder = "."): string[] {
  const entries = fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true });
  return entries
    .filter(({ name }) => !["node_modules", ".git", ".cache-tools", "reports", "rendered"].includes(name))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) return pages(file);
      return entry.name.endsWith(".md") ? [file] : [];
    });
}

export function textOf(file: string): string {
  return fs.readFileSync(path.join(ROOT, file), "utf8");
}

/** A block of shell commands on a page. */
export interface ShellBlock {
  page: string;
  text: string;
}

export function shellBlocks(page: string): ShellBlock[] {
  const found = textOf(page).matchAll(/^( *)```(?:sh|bash)\n([\s\S]*?)^\1```/gm);
  return [...found].map(([, , text = ""]) => ({ page, text }));
}

/** The one block of a page with this text in it. @throws where there is none, or more than one */
export function blockOf(page: string, part: string): string {
  const [block, ...others] = shellBlocks(page).filter(({ text }) => text.includes(part));
  if (!block || others.length > 0)
    throw new Error(`${page} has ${block ? "several" : "no"} block with ${part}`);
  return block.text;
}

/** An npm script that a page tells its reader to run. */
export interface ScriptRun {
  script: string;
  /** Arguments that are no options, before the first option. */
  words: string[];
  /** Names of its options: "--stack". */
  options: string[];
  /** The text of `--grep`. */
  grep: string | undefined;
}

/** Every `npm run X`, `npm start` and `npm test` in code, inline or in a block. */
export function runsOf(text: string): ScriptRun[] {
  const code = [...text.matchAll(/```[a-z]*\n([\s\S]*?)```|`([^`\n]+)`/g)].map(
    ([, block, inline]) => block ?? inline ?? "",
  );
  return code.flatMap((part) =>
    [
      ...part.matchAll(/\bnpm (?:run (?:--silent )?)?(?!run|install|ci\b)([a-z]+(?::[a-z-]+)*)([^\n|#]*)/g),
    ].map(([, script = "", rest = ""]) => readRun(script, rest)),
  );
}

function readRun(script: string, rest: string): ScriptRun {
  const grep = /(?:--grep|-g) (?:"([^"]+)"|(\S+))/.exec(rest);
  const [before = ""] = rest.replace(/^\s*--(?=\s)/, "").split(/\s-{1,2}\w/);
  return {
    script,
    words: before.split(/\s+/).filter((word) => /^[\w-]+$/.test(word) && word !== "--" && word !== "-"),
    options: [...rest.matchAll(/\s(--[a-z][\w-]*)/g)].map(([, name]) => name!),
    grep: grep?.[1] ?? grep?.[2],
  };
}
