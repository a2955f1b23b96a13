/** Chapters of security standards that the stack's parts may refer to: what exists, and what became of what was withdrawn. */

import { WITHDRAWN_OF_CSF } from "./csf-withdrawn";

export interface Framework {
  /** How references begin: "NIST CSF 2.0 PR.PS-01". */
  prefix: string;
  title: string;
  /** Where it is published; the `source` of OSCAL's control-implementation. */
  source: string;
  /** In their own order. Of copyrighted texts only the numbers are here. */
  controls: readonly string[];
  /** Ids of earlier versions, and what to refer to instead. */
  withdrawn: Readonly<Record<string, readonly string[]>>;
}

/** A chapter of a framework. */
export interface Reference {
  framework: Framework;
  control: string;
}

function numbered(prefix: string, numbers: readonly number[]): string[] {
  return numbers.map((number) => `${prefix}-${String(number).padStart(2, "0")}`);
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}

function chapters(prefix: string, last: number): string[] {
  return upTo(last).map((number) => `${prefix}${number}`);
}

/** The 106 subcategories of version 2.0 (usnistgov/oscal-content, nist.gov/CSF/v2.0), which left gaps in the numbers. */
const NIST_CSF: Framework = {
  prefix: "NIST CSF 2.0",
  title: "NIST Cybersecurity Framework 2.0",
  source: "https://doi.org/10.6028/NIST.CSWP.29",
  controls: [
    ...numbered("GV.OC", upTo(5)),
    ...numbered("GV.RM", upTo(7)),
    ...numbered("GV.RR", upTo(4)),
    ...numbered("GV.PO", upTo(2)),
    ...numbered("GV.OV", upTo(3)),
    ...numbered("GV.SC", upTo(10)),
    ...numbered("ID.AM", [1, 2, 3, 4, 5, 7, 8]),
    ...numbered("ID.RA", upTo(10)),
    ...numbered("ID.IM", upTo(4)),
    ...numbered("PR.AA", upTo(6)),
    ...numbered("PR.AT", upTo(2)),
    ...numbered("PR.DS", [1, 2, 10, 11]),
    ...numbered("PR.PS", upTo(6)),
    ...numbered("PR.IR", upTo(4)),
    ...numbered("DE.CM", [1, 2, 3, 6, 9]),
    ...numbered("DE.AE", [2, 3, 4, 6, 7, 8]),
    ...numbered("RS.MA", upTo(5)),
    ...numbered("RS.AN", [3, 6, 7, 8]),
    ...numbered("RS.CO", [2, 3]),
    ...numbered("RS.MI", [1, 2]),
    ...numbered("RC.RP", upTo(6)),
    ...numbered("RC.CO", [3, 4]),
  ],
  withdrawn: WITHDRAWN_OF_CSF,
};

const ISO_27001: Framework = {
  prefix: "ISO/IEC 27001:2022",
  title: "ISO/IEC 27001:2022, annex A",
  source: "https://www.iso.org/standard/27001",
  controls: [...chapters("5.", 37), ...chapters("6.", 8), ...chapters("7.", 14), ...chapters("8.", 34)],
  withdrawn: {},
};

/** Of section 3 what is about audit logging (kube-bench, cfg/cis-1.12). */
const CIS: Framework = {
  prefix: "CIS Kubernetes",
  title: "CIS Kubernetes Benchmark 1.12, sections 3.2 and 5",
  source: "https://www.cisecurity.org/benchmark/kubernetes",
  controls: [
    ...chapters("3.2.", 2),
    ...chapters("5.1.", 13),
    ...chapters("5.2.", 12),
    ...chapters("5.3.", 2),
    ...chapters("5.4.", 2),
    "5.5.1",
    ...chapters("5.6.", 4),
  ],
  withdrawn: {},
};

const GDPR: Framework = {
  prefix: "GDPR",
  title: "Regulation (EU) 2016/679, article 32(1)",
  source: "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
  controls: ["32(1)(a)", "32(1)(b)", "32(1)(c)", "32(1)(d)"],
  withdrawn: {},
};

const NSA_CISA: Framework = {
  prefix: "NSA/CISA",
  title: "NSA and CISA, Kubernetes Hardening Guidance 1.2",
  source:
    "https://media.defense.gov/2022/Aug/29/2003066362/-1/-1/0/CTR_KUBERNETES_HARDENING_GUIDANCE_1.2_20220829.PDF",
  controls: [
    "pod-security",
    "network-separation",
    "authentication-and-authorization",
    "audit-logging-and-threat-detection",
    "upgrading-and-application-security",
  ],
  withdrawn: {},
};

/** The common criteria. */
const SOC_2: Framework = {
  prefix: "SOC 2",
  title: "AICPA Trust Services Criteria 2017, common criteria",
  source:
    "https://www.aicpa-cima.com/resources/download/2017-trust-services-criteria-with-revised-points-of-focus-2022",
  controls: [
    ...chapters("CC1.", 5),
    ...chapters("CC2.", 3),
    ...chapters("CC3.", 4),
    ...chapters("CC4.", 2),
    ...chapters("CC5.", 3),
    ...chapters("CC6.", 8),
    ...chapters("CC7.", 5),
    "CC8.1",
    ...chapters("CC9.", 2),
  ],
  withdrawn: {},
};

export const FRAMEWORKS: readonly Framework[] = [NIST_CSF, ISO_27001, CIS, GDPR, NSA_CISA, SOC_2];

/** By the words that policies use. */
export const POLICY_FRAMEWORKS = { nist: NIST_CSF, iso: ISO_27001, cis: CIS } as const;

/**
 * Reads "NIST CSF 2.0 PR.PS-01"; of a section of CIS ("CIS Kubernetes 5.2") all that is in it.
 * @throws Error for a framework or a chapter that is not there, and what to write instead of a withdrawn one
 */
export function parseReference(text: string): Reference[] {
  const framework = FRAMEWORKS.find(({ prefix }) => text.startsWith(`${prefix} `));
  if (!framework)
    throw new Error(`"${text}" begins with none of ${FRAMEWORKS.map(({ prefix }) => prefix).join(", ")}`);
  const id = text.slice(framework.prefix.length + 1);
  // Version 1.1 wrote "PR.AC-4", and so do its mappings.
  const instead = framework.withdrawn[id.replace(/-(\d)$/, "-0$1")];
  if (instead) throw new Error(`"${text}" is withdrawn: write ${instead.join(" or ")}`);
  const found = framework.controls.filter((control) => control === id || control.startsWith(`${id}.`));
  if (found.length === 0) throw new Error(`"${text}": ${framework.title} has no ${id}`);
  return found.map((control) => ({ framework, control }));
}
