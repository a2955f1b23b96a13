import { judgedBy, type RuleName } from "../../components/kubernetes/admission-rules";
import { textAt } from "../kubernetes/read";

/** Whether the rule looks at objects of this kind at all. */
export function looksAt(rule: RuleName, object: unknown): boolean {
  const [version = "", group = ""] = (textAt(object, "apiVersion") ?? "").split("/").reverse();
  const kind = textAt(object, "kind") ?? "";
  return judgedBy(rule).some(
    (judged) => judged.group === group && judged.versions.includes(version) && judged.kinds.includes(kind),
  );
}
