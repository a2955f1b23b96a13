import { codeOf, filesBelow } from "./source-files";

/** Features that are no tools: what the stack is built on may be named anywhere. */
const PLATFORM = ["correlation", "elastic", "notifications", "ocsf", "pipeline", "response"];

/** Sensors and scanners: each has a folder below components/ and in it a `<tool>-feature.ts`. */
function toolsOf(root: string): string[] {
  return filesBelow(root, "components")
    .flatMap((file) => /^components\/([\w-]+)\/\1-feature\.ts$/.exec(file)?.[1] ?? [])
    .filter((name) => !PLATFORM.includes(name));
}

/** Of a tool that is named as the project that makes it or another: the project's API group and its name as a maker are no tool. */
const PROJECTS: Readonly<Record<string, RegExp>> = {
  cilium: /cilium\.io|vendor_name: "Cilium"/g,
  istio: /istio\.io/g,
};

/** Central tables, a row for each tool: the registry, pins, sizing, namespaces of charts, and what the policy pack lets a tool do. */
const CENTRAL = [
  "components/registry.ts",
  "components/core/tables/chart-namespaces.ts",
  "components/core/tables/pins.ts",
  "components/core/tables/sizing.ts",
  "policy-pack/pack/network-exceptions.ts",
  "policy-pack/pack/privilege-exceptions.ts",
  "policy-pack/pack/mesh-exceptions.ts",
];

/**
 * Tools that are named in code outside of their folder, a line each. Comments and prose may name them; scenarios and
 * tests are about what the tools see.
 * @param root Of the checkout.
 */
export function toolNameProblems(root: string): string[] {
  const tools = toolsOf(root);
  const files = ["components", "policy-pack"]
    .flatMap((folder) => filesBelow(root, folder))
    .filter((file) => file.endsWith(".ts") && !CENTRAL.includes(file));
  return files.flatMap((file) => {
    const code = codeOf(root, file);
    return tools
      .filter((tool) => !file.startsWith(`components/${tool}/`) && names(withoutProject(code, tool), tool))
      .map((tool) => `${file} names ${tool}`);
  });
}

function withoutProject(code: string, tool: string): string {
  const project = PROJECTS[tool];
  return project ? code.replace(project, "") : code;
}

/** As a word of its own, at the start of an identifier, within one in camel case, or in capitals. */
function names(code: string, tool: string): boolean {
  const capital = tool[0]!.toUpperCase() + tool.slice(1);
  return new RegExp(
    `(?<![A-Za-z])(${tool}|${capital})(?![a-z])|[a-z]${capital}(?![a-z])|(?<![A-Z])${tool.toUpperCase()}(?![A-Z])`,
  ).test(code);
}
