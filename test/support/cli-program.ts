// Runs one of the programs from its sources: `node cli-program.ts cli|web ARGUMENTS`.
const [program, ...args] = process.argv.slice(2);
if (program === 'web') {
  const { runWebShell } = await import('../../core/web/main.ts');
  process.exitCode = await runWebShell(args);
} else {
  const { main } = await import('../../core/cli/main.ts');
  process.exitCode = await main(args);
}
