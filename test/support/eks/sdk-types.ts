import * as path from "node:path";
import * as ts from "typescript";

/** The arguments that the SDK's declarations know of its resources. */
export class SdkTypes {
  private readonly checker: ts.TypeChecker;
  private readonly program: ts.Program;

  /**
   * @param folder of the npm package
   * @param types "eks.Cluster", all that will be asked for: they are read together
   */
  constructor(
    private readonly folder: string,
    types: readonly string[],
  ) {
    this.program = ts.createProgram(
      types.map((type) => this.fileOf(type)),
      {
        skipLibCheck: true,
        types: [],
        strict: true,
      },
    );
    this.checker = this.program.getTypeChecker();
  }

  /** Whether a resource has the argument at a path. @throws Error for a resource that the SDK has not */
  has(type: string, parts: readonly string[]): boolean {
    const file = this.fileOf(type);
    const source = this.program.getSourceFile(file);
    const symbol = source && this.checker.getSymbolAtLocation(source);
    const name = `${type.split(".")[1]}Args`;
    const args = symbol && this.checker.getExportsOfModule(symbol).find((one) => one.name === name);
    if (!args) throw new Error(`${file} has no ${name}`);
    return this.hasPath(this.checker.getDeclaredTypeOfSymbol(args), parts);
  }

  private fileOf(type: string): string {
    const [module = "", name = ""] = type.split(".");
    return path.join(this.folder, module, `${name[0]?.toLowerCase()}${name.slice(1)}.d.ts`);
  }

  /** Through `Input<...>`, lists and maps, which are unions with the plain thing among them. */
  private hasPath(type: ts.Type, [name, ...rest]: readonly string[]): boolean {
    if (name === undefined) return true;
    return this.partsOf(type).some((part) => {
      const property = part.getProperty(name);
      if (property) return this.hasPath(this.checker.getTypeOfSymbol(property), rest);
      return part.getStringIndexType() !== undefined && rest.length === 0;
    });
  }

  private partsOf(type: ts.Type): ts.Type[] {
    if (type.isUnion()) return type.types.flatMap((one) => this.partsOf(one));
    if (this.checker.isArrayType(type))
      return this.checker.getTypeArguments(type as ts.TypeReference).flatMap((one) => this.partsOf(one));
    // Promises and Outputs have members of their own that are no arguments.
    return ["Promise", "OutputInstance"].includes(type.symbol?.name ?? "") ? [] : [type];
  }
}
