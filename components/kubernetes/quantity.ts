// Exponents of ten and of two (kubernetes/kubernetes, staging/src/k8s.io/apimachinery/pkg/api/resource/suffix.go).
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

const NANO = 1_000_000_000n;
/** The API server cuts binary quantities off here. */
const LARGEST_BINARY = (2n ** 63n - 1n) * NANO;
/** Beyond this no number is told from infinity, nor from zero; nobody may make us compute ten to the billionth. */
const LARGEST_EXPONENT = 1000;

const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/;

/**
 * A Kubernetes quantity in base units (cores, bytes), as the API server reads it; undefined where it refuses the
 * text. All of its forms: a sign, ".5" and "5.", exponents ("129e6"), suffixes from n to E and Ki to Ei. What is
 * finer than a billionth is rounded away from zero (apimachinery, pkg/api/resource/quantity.go: ParseQuantity).
 */
export function parseQuantity(text: string): number | undefined {
  const nano = parseNano(text);
  if (nano === undefined) return undefined;
  return nano % NANO === 0n ? Number(nano / NANO) : Number(nano) / Number(NANO);
}

/** The same, exact, in billionths of the base unit. */
export function parseNano(text: string): bigint | undefined {
  // The API server cuts off white space around the text (Quantity.UnmarshalJSON), and reads a sign, a dot or a
  // suffix without any digit as zero; only where it would have to compute with it does it stumble ("Ei", "e-10").
  const trimmed = text.trim();
  const match = trimmed === "" ? undefined : QUANTITY.exec(trimmed);
  if (!match) return undefined;
  const [, sign, whole = "", fraction = "", suffix = "", exponentText] = match;
  const ten = exponentText === undefined ? (DECIMAL[suffix] ?? 0) : exponentOf(exponentText);
  if (ten === undefined) return undefined;
  const two = BINARY[suffix];
  if (whole + fraction === "" && (two === undefined ? ten < -9 : two > 40)) return undefined;
  const digits = BigInt(`0${whole}${fraction}`) * 2n ** BigInt(two ?? 0);
  const exact = scaled(digits, clamped(ten) - fraction.length + 9);
  const size = two !== undefined && exact > LARGEST_BINARY ? LARGEST_BINARY : exact;
  return sign === "-" ? -size : size;
}

/** As Go reads it into 32 bits; undefined where it does not even fit 64. */
function exponentOf(text: string): number | undefined {
  const exponent = BigInt(text.replace(/^\+/, ""));
  return BigInt.asIntN(64, exponent) === exponent ? Number(BigInt.asIntN(32, exponent)) : undefined;
}

function clamped(exponent: number): number {
  return Math.max(-LARGEST_EXPONENT, Math.min(LARGEST_EXPONENT, exponent));
}

/** Digits times a power of ten, rounded up to a whole number. */
function scaled(digits: bigint, exponent: number): bigint {
  if (exponent >= 0) return digits * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(-exponent);
  return (digits + divisor - 1n) / divisor;
}

/** True for a CPU quantity: cores ("2", "0.5") or millicores ("500m"), above zero. */
export function isCpuQuantity(text: string): boolean {
  return /^\d+(\.\d+)?m?$/.test(text) && (parseQuantity(text) ?? 0) > 0;
}

/** True for a memory or storage quantity with a unit ("512Mi", "1Gi", "500M"), above zero. */
export function isBytesQuantity(text: string): boolean {
  return /^\d+(\.\d+)?(k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)$/.test(text) && (parseQuantity(text) ?? 0) > 0;
}

/** Cores as Kubernetes writes them: 0.35 -> "350m". */
export function formatCpu(cores: number): string {
  return Number.isInteger(cores) ? String(cores) : `${Math.round(cores * 1000)}m`;
}

/** Bytes with the largest binary unit that keeps them whole: 1073741824 -> "1Gi". */
export function formatBytes(bytes: number): string {
  for (const [unit, exponent] of Object.entries(BINARY).reverse()) {
    const factor = 2 ** exponent;
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}
