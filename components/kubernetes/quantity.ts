const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

const QUANTITY = /^(\d+(?:\.\d+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/;

/** A Kubernetes quantity in base units (cores, bytes); undefined where the text is not one. */
export function parseQuantity(text: string): number | undefined {
  const match = QUANTITY.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * (FACTORS[match[2] ?? ""] ?? Number.NaN);
}

/** True for a CPU quantity: cores ("2", "0.5") or millicores ("500m"), above zero. */
export function isCpuQuantity(text: string): boolean {
  return /^\d+(\.\d+)?m?$/.test(text) && (parseQuantity(text) ?? 0) > 0;
}

/** True for a memory or storage quantity with a unit ("512Mi", "1Gi", "500M"), above zero. */
export function isBytesQuantity(text: string): boolean {
  return /^\d+(\.\d+)?(k|M|G|T|Ki|Mi|Gi|Ti)$/.test(text) && (parseQuantity(text) ?? 0) > 0;
}

/** Cores as Kubernetes writes them: 0.35 -> "350m". */
export function formatCpu(cores: number): string {
  return Number.isInteger(cores) ? String(cores) : `${Math.round(cores * 1000)}m`;
}

/** Bytes with the largest binary unit that keeps them whole: 1073741824 -> "1Gi". */
export function formatBytes(bytes: number): string {
  for (const unit of ["Ti", "Gi", "Mi", "Ki"]) {
    const factor = FACTORS[unit]!;
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}
