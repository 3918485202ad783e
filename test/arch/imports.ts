import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** One import, export-from, dynamic import or `require` of a file. */
export interface Import {
  /** As written. */
  readonly specifier: string;
  /** 1 for the first line. */
  readonly line: number;
  /** Whether nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

/** Imports by file; paths are relative to the top folder, with `/`. */
export type ImportsByFile = ReadonlyMap<string, readonly Import[]>;

/** The imports of all TypeScript files of the project. */
export function readProjectImports(root: string): ImportsByFile {
  const paths = globSync('{core,electron,renderer,build,test}/**/*.{ts,tsx,cts}', { cwd: root });
  return new Map(
    paths.map((path) => [path.replaceAll('\\', '/'), importsOf(path, readFileSync(join(root, path), 'utf8'))] as const),
  );
}

/** The imports of one source text. */
export function importsOf(path: string, text: string): Import[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
  const found: Import[] = [];
  const add = (node: ts.Node, specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    found.push({ specifier: specifier.text, line: line + 1, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node, node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) {
      add(node, node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node, node.argument.literal, true);
    } else if (
      ts.isCallExpression(node) &&
      (node.expression.kind === ts.SyntaxKind.ImportKeyword ||
        (ts.isIdentifier(node.expression) && node.expression.text === 'require'))
    ) {
      add(node, node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
