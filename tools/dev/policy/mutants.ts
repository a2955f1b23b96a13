import * as ts from "typescript";

/** A policy's source with one condition broken. */
export interface Mutant {
  policy: string;
  line: number;
  /** What was changed into what. */
  what: string;
  text: string;
}

const OPERATORS: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.AmpersandAmpersandToken, "||"],
  [ts.SyntaxKind.BarBarToken, "&&"],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, "!=="],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, "==="],
  [ts.SyntaxKind.LessThanToken, ">="],
  [ts.SyntaxKind.LessThanEqualsToken, ">"],
  [ts.SyntaxKind.GreaterThanToken, "<="],
  [ts.SyntaxKind.GreaterThanEqualsToken, "<"],
]);

/**
 * The mutants of a policy: every comparison and logical operator turned round, every negation left out, every
 * condition of an `if` always and never true, `some` for `every` and the other way round.
 */
export function mutantsOf(policy: string, source: string): Mutant[] {
  const file = ts.createSourceFile(`${policy}.ts`, source, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];
  const add = (node: ts.Node, replacement: string, what: string) => {
    const text = source.slice(0, node.getStart(file)) + replacement + source.slice(node.getEnd());
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
    mutants.push({ policy, line: line + 1, what, text });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node)) {
      const turned = OPERATORS.get(node.operatorToken.kind);
      if (turned) add(node.operatorToken, turned, `${node.operatorToken.getText(file)} -> ${turned}`);
    }
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
      add(node, node.operand.getText(file), "! left out");
    if (ts.isIfStatement(node)) {
      add(node.expression, "true", "if (true)");
      add(node.expression, "false", "if (false)");
    }
    if (ts.isPropertyAccessExpression(node) && ["some", "every"].includes(node.name.text)) {
      const other = node.name.text === "some" ? "every" : "some";
      add(node.name, other, `${node.name.text} -> ${other}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return mutants;
}
