import assert from "node:assert/strict";
import { formatBytes, parseNano, parseQuantity } from "../../components/kubernetes/quantity";

// That the API server reads them the same is shown by the cluster rung ("quantities").
describe("a Kubernetes quantity", () => {
  it("is read in every form that Kubernetes documents", () => {
    for (const [text, amount] of [
      ["0", 0],
      ["1", 1],
      ["500m", 0.5],
      ["100u", 0.0001],
      ["5n", 5e-9],
      ["1k", 1000],
      ["1.5M", 1_500_000],
      ["2P", 2e15],
      ["1E", 1e18],
      ["1Ki", 1024],
      ["1.5Gi", 1.5 * 2 ** 30],
      ["1Pi", 2 ** 50],
      ["1Ei", 2 ** 60],
      ["129e6", 129_000_000],
      ["1e9", 1_000_000_000],
      ["1E3", 1000],
      ["12e-1", 1.2],
      ["1e+21", 1e21],
      [".5", 0.5],
      ["1.", 1],
      ["+1", 1],
      ["-1", -1],
      ["007", 7],
      ["0Ei", 0],
      ["-", 0],
      [".Ti", 0],
      [" 64Mi ", 64 * 2 ** 20],
    ] as const)
      assert.equal(parseQuantity(text), amount, text);
  });

  it("is refused where the API server refuses it", () => {
    for (const text of [
      "",
      " ",
      "lots",
      "1 Gi",
      "1KiB",
      "1K",
      "1mi",
      "1e",
      "1e1.5",
      "--1",
      "1.2.3",
      "0x10",
      "1,5",
      "1_000",
      "1Gi1",
      "e99999999999999999999",
      "Ei",
      "+Pi",
      "e-10",
    ])
      assert.equal(parseQuantity(text), undefined, text);
  });

  it("rounds what is finer than a billionth away from zero, and cuts off binary quantities at 2^63 - 1", () => {
    assert.equal(parseNano("0.1n"), 1n);
    assert.equal(parseNano("-0.1n"), -1n);
    assert.equal(parseNano("1e-400"), 1n);
    assert.equal(parseNano("16Ei"), (2n ** 63n - 1n) * 1_000_000_000n);
  });

  it("with an exponent beyond all measure takes no time", () => {
    assert.equal(parseQuantity("1e2147483647"), Number.POSITIVE_INFINITY);
    assert.equal(parseQuantity("1e-2147483647"), 1e-9);
  });

  it("of bytes is written with the largest unit that keeps it whole", () => {
    assert.deepEqual([2 ** 60, 2 ** 30, 1536, 1000].map(formatBytes), ["1Ei", "1Gi", "1536", "1000"]);
  });
});
