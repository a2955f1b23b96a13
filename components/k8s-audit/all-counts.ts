import type { AuditCount } from "./audit-rule";
import { authenticationFailures } from "./counts/authentication-failures";
import { deniedBurst } from "./counts/denied-burst";
import { discoverySweep } from "./counts/discovery-sweep";
import { permissionSweep } from "./counts/permission-sweep";
import { proxyScan } from "./counts/proxy-scan";
import { secretsInBulk } from "./counts/secrets-in-bulk";
import { workloadFlood } from "./counts/workload-flood";

/** All rules that count. */
export const AUDIT_COUNTS: readonly AuditCount[] = [
  authenticationFailures,
  deniedBurst,
  discoverySweep,
  permissionSweep,
  proxyScan,
  secretsInBulk,
  workloadFlood,
];
