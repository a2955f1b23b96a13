/** The part of sql.js (SQLite, compiled to WebAssembly) that the tests use; the package brings no types. */
declare module "sql.js" {
  interface Statement {
    free(): boolean;
  }
  interface Database {
    run(sql: string): void;
    prepare(sql: string): Statement;
    exec(sql: string): { columns: string[]; values: (string | number | null)[][] }[];
    create_function(name: string, fn: (...args: never[]) => string | number | null): void;
    close(): void;
  }
  export default function initSqlJs(): Promise<{ Database: new () => Database }>;
  export type { Database };
}
