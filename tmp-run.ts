const tests: [string, () => unknown][] = [];
let prefix = "";
(globalThis as any).describe = (name: string, body: () => void) => { const before = prefix; prefix = `${prefix}${name} > `; body.call({ timeout() {} }); prefix = before; };
(globalThis as any).it = (name: string, body: () => unknown) => void tests.push([prefix + name, body]);
(globalThis as any).before = (b: () => unknown) => void tests.push([prefix + "before", b]);
(globalThis as any).after = () => {};
async function main() {
  for (const file of process.argv.slice(2)) await import(require("node:path").resolve(file));
  let failed = 0;
  for (const [name, body] of tests) {
    try { await body.call({ timeout() {} }); } catch (error) { failed += 1; console.log("FAIL", name, "\n   ", String((error as Error).message).slice(0, 1500)); }
  }
  console.log(`${tests.length - failed} passed, ${failed} failed`);
}
main();
